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
    ...(route.path || route.query || route.body ? (['invalid_request'] as const) : []),
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
    ...(route.body ? { requestBody: { content: { 'application/json': { schema: route.body } } } } : {}),
    responses: {
      [String(route.status ?? 200)]: {
        description: 'Done.',
        content: { [route.contentType ?? 'application/json']: { schema: route.response } },
      },
      ...problemsOf(refusals),
    },
  };
}

function problemsOf(refusals: readonly Refusal[]) {
  const byStatus = Map.groupBy(new Set(refusals), statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      { description: codes.join(', '), content: { 'application/problem+json': { schema: problem } } },
    ]),
  );
}

const part = (name: 'path' | 'query' | 'header', schema: z.ZodType | undefined) =>
  schema instanceof z.ZodObject ? { [name]: schema } : {};
