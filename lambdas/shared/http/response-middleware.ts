import type middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context as LambdaContext } from 'aws-lambda';
import { log, logError } from '../log.ts';
import { publishMetrics, publishServerError, recordMetric } from '../metrics.ts';
import { RefusalError } from '../refusal-error.ts';
import type { HttpResponse } from './http-response.ts';
import { getHeader } from './parse-request.ts';
import { toProblemResponse } from './problem-response.ts';

/** What middlewares share about one request. */
export type RequestState = {
  /** Headers of every response to this request, also of errors. */
  headers?: Readonly<Record<string, string>>;
};

type HttpMiddleware = middy.MiddlewareObj<
  APIGatewayProxyEvent,
  HttpResponse | APIGatewayProxyResult,
  Error,
  LambdaContext,
  RequestState
>;

/** Converts responses and errors to API Gateway's form, adds the headers of every response, and logs one line for each request. */
export function createResponseMiddleware(corsOrigins: string): HttpMiddleware {
  const origins = corsOrigins.split(',');
  const startedAt = new WeakMap<object, number>();

  function finishResponse(
    request: { event: APIGatewayProxyEvent; context: LambdaContext; internal: RequestState },
    response: HttpResponse,
  ): APIGatewayProxyResult {
    const { event, context, internal } = request;
    const cors = createCorsHeaders(getHeader(event, 'origin'), origins);
    const result = toProxyResult(response, { ...cors, ...internal.headers });
    log('request', {
      requestId: event.requestContext.requestId,
      route: `${event.httpMethod} ${event.resource}`,
      status: result.statusCode,
      milliseconds: Math.round(performance.now() - (startedAt.get(request) ?? performance.now())),
    });
    if (result.statusCode === 409) recordMetric('Conflicts');
    if (result.statusCode === 429) recordMetric('TooManyRequests');
    if (result.statusCode >= 500) publishServerError(context);
    publishMetrics();
    return result;
  }

  return {
    before: (request) => {
      startedAt.set(request, performance.now());
    },
    after: (request) => {
      if (request.response && 'body' in request.response && !('statusCode' in request.response)) {
        request.response = finishResponse(request, request.response);
      }
    },
    onError: (request) => {
      const { requestId } = request.event.requestContext;
      if (!(request.error instanceof RefusalError)) logError('request_failed', request.error, { requestId });
      request.response = finishResponse(request, toProblemResponse(request.error, requestId));
    },
  };
}

// The same as in API Gateway's own responses: lib/constructs/api/problem-template.ts.
const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
};

function toProxyResult(
  { status = 200, body, contentType = 'application/json', headers }: HttpResponse,
  requestHeaders: Record<string, string>,
) {
  return {
    statusCode: status,
    headers: { 'Content-Type': contentType, ...COMMON_HEADERS, ...mergeHeaders(requestHeaders, headers ?? {}) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  } satisfies APIGatewayProxyResult;
}

/** The headers of both; a header in both becomes a list (a booking has two rate limits). */
function mergeHeaders(first: Readonly<Record<string, string>>, second: Readonly<Record<string, string>>) {
  const namesInBoth = Object.keys(second).filter((name) => name in first);
  return {
    ...first,
    ...second,
    ...Object.fromEntries(namesInBoth.map((name) => [name, `${first[name]}, ${second[name]}`])),
  };
}

/** The response headers that scripts of another origin may read. */
const EXPOSED_HEADERS = ['ETag', 'Idempotency-Replayed', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After'];

function createCorsHeaders(origin: string | undefined, allowed: readonly string[]): Record<string, string> {
  const exposed = { 'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', ') };
  if (allowed.includes('*')) return { 'Access-Control-Allow-Origin': '*', ...exposed };
  if (!origin || !allowed.includes(origin)) return { Vary: 'Origin' };
  return { 'Access-Control-Allow-Origin': origin, Vary: 'Origin', ...exposed };
}
