import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { Access, RouteAccess } from '../shared/access.ts';
import { limitHeaders } from '../shared/http/limit-headers.ts';
import { problem, statusOf } from '../shared/http/problem.ts';
import type { Route } from '../shared/http/route.ts';
import type { Refusal } from '../shared/refusal.ts';

/** What a route needs to be described. */
export type Described = Omit<Route<never>, 'run'>;

interface DescribedRoutes {
  readonly access: RouteAccess;
  readonly routes: Readonly<Record<string, Described>>;
  /** Whether the requests of a caller are counted. @default false */
  readonly limited?: boolean;
}

/** The OpenAPI 3.1 description of the API, made from the very schemas that check its requests. */
export function openApiOf(functions: readonly DescribedRoutes[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const { access, routes, limited = false } of functions) {
    const permitted = new Map(Object.entries(access));
    for (const [key, route] of Object.entries(routes)) {
      const [method = '', path = ''] = key.split(' ');
      paths[path] = {
        ...paths[path],
        [method.toLowerCase()]: operationOf(key, route, permitted.get(key) ?? 'public', limited),
      };
    }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'MedBook',
      version: '1',
      description:
        'The scheduling backend of medical clinics. Times are RFC 3339; `from` is inclusive and `to` exclusive. ' +
        'Every GET may be asked as HEAD.',
    },
    servers: [{ url: '.' }],
    paths,
    components: {
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A Cognito access token.' },
      },
    },
  });
}

function operationOf(key: string, route: Described, access: Access, limited: boolean): ZodOpenApiOperationObject {
  const refusals: Refusal[] = [
    ...(access === 'public' ? [] : (['unauthorized'] as const)),
    ...(Array.isArray(access) ? (['forbidden'] as const) : []),
    'invalid_request',
    ...(route.body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(route.refusals ?? []),
    ...(limited ? (['rate_limited'] as const) : []),
  ];
  const always = limited ? limitHeaders : z.object({});
  return {
    operationId: key
      .toLowerCase()
      .replace(/[^a-z]+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? ''),
    summary: route.summary,
    ...(Array.isArray(access) ? { description: `For: ${access.join(', ')}.` } : {}),
    ...(access === 'public' ? {} : { security: [{ accessToken: [] }] }),
    requestParams: { ...part('path', route.path), ...part('query', route.query), ...part('header', route.headers) },
    ...(route.body ? { requestBody: requestBodyOf(route.body) } : {}),
    responses: {
      [String(route.status ?? 200)]: {
        description: 'Done.',
        ...headed(always.extend(route.responseHeaders?.shape ?? {})),
        content: { [route.contentType ?? 'application/json']: { schema: route.response } },
      },
      ...(mayBeKnown(route) ? { '304': { description: 'It is as If-None-Match says.', ...headed(always) } } : {}),
      ...problemsOf(refusals, always),
      default: { description: 'Any other fault.', ...headed(always), ...PROBLEM },
    },
  };
}

const mayBeKnown = ({ headers }: Described) =>
  headers instanceof z.ZodObject && Object.hasOwn(headers.shape, 'if-none-match');

function requestBodyOf(schema: z.ZodType) {
  return { required: !schema.safeParse(undefined).success, content: { 'application/json': { schema } } };
}

const PROBLEM = { content: { 'application/problem+json': { schema: problem } } };

const headed = (headers: z.ZodObject) => (Object.keys(headers.shape).length > 0 ? { headers } : {});

const RETRY_AFTER = z.object({
  'Retry-After': z.string().meta({ description: 'Seconds.', example: '1', header: { id: 'Retry-After' } }),
});

function problemsOf(refusals: readonly Refusal[], always: z.ZodObject) {
  const byStatus = Map.groupBy(new Set(refusals), statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const headers = status === 429 ? always.extend(RETRY_AFTER.shape) : always;
      return [String(status), { description: codes.join(', '), ...headed(headers), ...PROBLEM }];
    }),
  );
}

const part = (name: 'path' | 'query' | 'header', schema: z.ZodType | undefined) =>
  schema instanceof z.ZodObject ? { [name]: schema } : {};
