import type { Access } from '@medbook/contract/access';
import { type Operation, type RouteTable, TAGS } from '@medbook/contract/operation';
import { PROBLEM_CONTENT_TYPE, problem } from '@medbook/contract/problem';
import { rateLimitHeaders } from '@medbook/contract/rate-limit';
import { REFUSALS, type RefusalCode } from '@medbook/contract/refusals';
import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';

interface DocumentedRoutes {
  readonly routes: RouteTable;
  /** Whether the requests of each caller are rate-limited. @default false */
  readonly isRateLimited?: boolean;
}

/** Builds the OpenAPI 3.1 document of the API from the schemas that validate its requests. */
export function buildOpenApi(tables: readonly DocumentedRoutes[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const { routes, isRateLimited = false } of tables) {
    for (const [key, operation] of Object.entries<Operation>(routes)) {
      const [method = '', path = ''] = key.split(' ');
      paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(operation, isRateLimited) };
    }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'MedBook',
      version: '1',
      description:
        'The scheduling API of medical clinics. Times are RFC 3339; `from` is inclusive and `to` is exclusive. ' +
        'Every GET also works as HEAD. To try operations that need a sign-in, choose Authorize and paste an access token.',
    },
    servers: [{ url: '.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A Cognito access token.' },
      },
    },
  });
}

function describeOperation(operation: Operation, isRateLimited: boolean): ZodOpenApiOperationObject {
  const { access, body, contentType = 'application/json', examples, responseHeaders } = operation;
  const commonHeaders = isRateLimited ? rateLimitHeaders : z.object({});
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(typeof access === 'string' ? {} : { description: `Roles: ${access.join(', ')}.` }),
    ...(access === 'public' ? {} : { security: [{ accessToken: [] }] }),
    requestParams: {
      ...describeParams('path', operation.path),
      ...describeParams('query', operation.query),
      ...describeParams('header', operation.headers),
    },
    ...(body ? { requestBody: describeBody(body, examples) } : {}),
    responses: {
      [String(operation.status ?? 200)]: {
        description: 'Success.',
        ...describeHeaders(commonHeaders.extend(responseHeaders?.shape ?? {})),
        content: { [contentType]: { schema: operation.response } },
      },
      ...(canReturnNotModified(operation)
        ? {
            '304': {
              description: 'Not modified: the version in If-None-Match is current.',
              ...describeHeaders(commonHeaders),
            },
          }
        : {}),
      ...describeRefusals(listRefusals(operation, isRateLimited), commonHeaders),
      default: { description: 'Any other error.', ...describeHeaders(commonHeaders), ...PROBLEM_RESPONSE },
    },
  };
}

function listRefusals({ access, body, refusals = [] }: Operation, isRateLimited: boolean): Set<RefusalCode> {
  return new Set<RefusalCode>([
    ...(access === 'public' ? [] : (['unauthorized'] as const)),
    ...(isGroupList(access) ? (['forbidden'] as const) : []),
    'invalid_request',
    ...(body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...refusals,
    ...(isRateLimited ? (['rate_limited'] as const) : []),
  ]);
}

const isGroupList = (access: Access) => access !== 'public' && access !== 'signed-in';

const canReturnNotModified = ({ headers }: Operation) => Object.hasOwn(headers?.shape ?? {}, 'if-none-match');

const describeParams = (part: 'path' | 'query' | 'header', schema: z.ZodType | undefined) =>
  schema instanceof z.ZodObject ? { [part]: schema } : {};

function describeBody(schema: z.ZodType, examples: Operation['examples']) {
  const namedExamples = Object.entries(examples ?? {}).map(([name, value]) => [name, { value }]);
  return {
    required: !schema.safeParse(undefined).success,
    content: {
      'application/json': {
        schema,
        ...(namedExamples.length > 0 ? { examples: Object.fromEntries(namedExamples) } : {}),
      },
    },
  };
}

const PROBLEM_RESPONSE = { content: { [PROBLEM_CONTENT_TYPE]: { schema: problem } } };

const describeHeaders = (headers: z.ZodObject) => (Object.keys(headers.shape).length > 0 ? { headers } : {});

const RETRY_AFTER_HEADER = z.object({
  'Retry-After': z.string().meta({ description: 'Seconds.', example: '1', header: { id: 'Retry-After' } }),
});

function describeRefusals(codes: Iterable<RefusalCode>, commonHeaders: z.ZodObject) {
  const byStatus = Map.groupBy(codes, (code) => REFUSALS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, refusalCodes]) => {
      const headers = status === 429 ? commonHeaders.extend(RETRY_AFTER_HEADER.shape) : commonHeaders;
      return [
        String(status),
        { description: refusalCodes.join(', '), ...describeHeaders(headers), ...PROBLEM_RESPONSE },
      ];
    }),
  );
}
