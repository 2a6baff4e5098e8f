import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { Access, RouteAccess } from '../shared/access.ts';
import { problem, statusOf } from '../shared/http/problem.ts';
import type { Route } from '../shared/http/route.ts';
import type { Refusal } from '../shared/refusal.ts';

/** What a route needs to be described. */
export type Described = Omit<Route<never>, 'run'>;

interface DescribedRoutes {
  readonly access: RouteAccess;
  readonly routes: Readonly<Record<string, Described>>;
}

/** The OpenAPI 3.1 description of the API, made from the very schemas that check its requests. */
export function openApiOf(functions: readonly DescribedRoutes[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const { access, routes } of functions) {
    for (const [key, route] of Object.entries(routes)) {
      const [method = '', path = ''] = key.split(' ');
      paths[path] = {
        ...paths[path],
        [method.toLowerCase()]: operationOf(key, route, new Map(Object.entries(access)).get(key) ?? 'public'),
      };
    }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'MedBook',
      version: '1',
      description:
        'The scheduling backend of medical clinics. Times are RFC 3339; `from` is inclusive and `to` exclusive.',
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

function operationOf(key: string, route: Described, access: Access): ZodOpenApiOperationObject {
  const refusals: Refusal[] = [
    ...(access === 'public' ? [] : (['unauthorized'] as const)),
    ...(Array.isArray(access) ? (['forbidden'] as const) : []),
    'invalid_request',
    ...(route.body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(route.refusals ?? []),
  ];
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
        content: { [route.contentType ?? 'application/json']: { schema: route.response } },
      },
      ...problemsOf(refusals),
      default: { description: 'Any other fault.', ...PROBLEM },
    },
  };
}

function requestBodyOf(schema: z.ZodType) {
  return { required: !schema.safeParse(undefined).success, content: { 'application/json': { schema } } };
}

const PROBLEM = { content: { 'application/problem+json': { schema: problem } } };

function problemsOf(refusals: readonly Refusal[]) {
  const byStatus = Map.groupBy(new Set(refusals), statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [String(status), { description: codes.join(', '), ...PROBLEM }]),
  );
}

const part = (name: 'path' | 'query' | 'header', schema: z.ZodType | undefined) =>
  schema instanceof z.ZodObject ? { [name]: schema } : {};
