import type { Access } from '@medbook/contract/access';
import type { Operation, RouteTable } from '@medbook/contract/operation';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context as LambdaContext } from 'aws-lambda';
import { isKeepAlive } from '../keep-alive.contract.ts';
import { RefusalError } from '../refusal-error.ts';
import { type Caller, getCaller, type UserPoolIds } from './caller.ts';
import { notModifiedOr } from './etag.ts';
import type { HttpResponse } from './http-response.ts';
import type { Handlers, OperationHandler } from './operation-handler.ts';
import { createRequestParser, getHeader, parseBody, type RawRequest } from './parse-request.ts';
import type { RateLimitMiddleware } from './rate-limit-middleware.ts';
import { RequestTimeoutError } from './request-timeout-error.ts';
import { createResponseMiddleware } from './response-middleware.ts';

interface HttpHandlerOptions<Table extends RouteTable, Deps> {
  readonly routes: Table;
  readonly handlers: Handlers<Deps, Table>;
  readonly deps: Deps;
  /** Required unless all routes are public. */
  readonly userPoolIds?: UserPoolIds;
  readonly corsOrigins: string;
  /** @default - requests are not limited */
  readonly rateLimit?: RateLimitMiddleware;
}

/**
 * Returns the handler of a function behind a REST API. It finds the route by API Gateway's own method and resource, checks the caller's group and the
 * request, and runs the handler of the route. An error, also the end of the function's time, becomes a problem response, so the function
 * itself never fails.
 * `KEEP_ALIVE_EVENT` does nothing.
 */
export function httpHandler<Table extends RouteTable, Deps>(options: HttpHandlerOptions<Table, Deps>) {
  const { routes, handlers, deps, userPoolIds, corsOrigins, rateLimit } = options;
  const handlerByKey = new Map<string, OperationHandler<Deps, Operation>>(Object.entries(handlers));
  const endpoints = new Map(
    Object.entries<Operation>(routes).map(([key, operation]) => {
      const handle = handlerByKey.get(key);
      if (!handle) throw new Error(`The route ${key} has no handler.`);
      if (!userPoolIds && operation.access !== 'public')
        throw new Error(`The route ${key} is not public: set userPoolIds, the user pools of its callers.`);
      return [key, { operation, handle, parseRequest: createRequestParser(operation) }];
    }),
  );

  async function dispatch(event: APIGatewayProxyEvent): Promise<HttpResponse> {
    const isRead = event.httpMethod === 'GET' || event.httpMethod === 'HEAD';
    // HEAD runs as GET: API Gateway drops the body itself, and the headers must be the same.
    const endpoint = endpoints.get(`${isRead ? 'GET' : event.httpMethod} ${event.resource}`);
    if (!endpoint) throw new RefusalError('not_found');
    const { operation, handle, parseRequest } = endpoint;
    const context = {
      caller: authorize(event, operation.access, userPoolIds),
      requestId: event.requestContext.requestId,
    };
    const request = parseRequest(readRequest(event, operation.body !== undefined));
    const { status = 200, contentType } = operation;
    const response = { status, contentType, ...(await handle(deps, request, context)) };
    return isRead ? notModifiedOr(response, getHeader(event, 'if-none-match')) : response;
  }

  return middy<APIGatewayProxyEvent, HttpResponse | APIGatewayProxyResult, Error, LambdaContext>(TIMEOUT_OPTIONS)
    .use([returnOnKeepAlive, createResponseMiddleware(corsOrigins), ...(rateLimit ? [rateLimit] : [])])
    .handler(dispatch);
}

/** So that a request whose statements together take too long gets our own 503 instead of API Gateway's error. */
const TIMEOUT_OPTIONS = {
  timeoutEarlyInMillis: 300,
  timeoutEarlyResponse: () => {
    throw new RequestTimeoutError();
  },
};

const returnOnKeepAlive = {
  before: ({ event }: { event: APIGatewayProxyEvent }) => (isKeepAlive(event) ? { status: 204 } : undefined),
};

const ANONYMOUS: Caller = { sub: '', username: '', pool: null, groups: [], tokenIssuedAt: null };

function authorize(event: APIGatewayProxyEvent, access: Access, userPoolIds: UserPoolIds | undefined): Caller {
  if (access === 'public' || !userPoolIds) return ANONYMOUS;
  const caller = getCaller(event.requestContext.authorizer?.claims, userPoolIds);
  if (access !== 'signed-in' && !access.some((group) => caller.groups.includes(group))) {
    throw new RefusalError('forbidden', { facts: { groups: access } });
  }
  return caller;
}

/** The headers that operations may read. */
const REQUEST_HEADERS = ['idempotency-key', 'if-match', 'if-none-match'];

function readRequest(event: APIGatewayProxyEvent, hasBody: boolean): RawRequest {
  const query = Object.entries(event.multiValueQueryStringParameters ?? {}).map(([name, values]) => [
    name,
    values?.length === 1 ? values[0] : values,
  ]);
  return {
    path: event.pathParameters ?? {},
    query: Object.fromEntries(query),
    headers: Object.fromEntries(REQUEST_HEADERS.map((name) => [name, getHeader(event, name)])),
    body: hasBody ? parseBody(event) : undefined,
  };
}
