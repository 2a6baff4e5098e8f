import type middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context as LambdaContext } from 'aws-lambda';
import { log, logError } from '../log.ts';
import { count, publishMetrics } from '../metrics.ts';
import { Refused } from '../refusal.ts';
import { headerOf } from './body.ts';
import { problemFor } from './problem.ts';
import type { Reply } from './reply.ts';

/** What the parts of a function tell each other about one request. */
export type Notes = {
  /** Headers that the answer has, whatever it comes to. */
  headers?: Readonly<Record<string, string>>;
};

type HttpMiddleware = middy.MiddlewareObj<
  APIGatewayProxyEvent,
  Reply | APIGatewayProxyResult,
  Error,
  LambdaContext,
  Notes
>;

/** Gives replies and errors the form that API Gateway takes, with the headers of every answer, and notes one line for each request. */
export function respond(corsOrigins: string): HttpMiddleware {
  const origins = corsOrigins.split(',');
  const startedAt = new WeakMap<object, number>();

  function send(request: { event: APIGatewayProxyEvent; internal: Notes }, reply: Reply): APIGatewayProxyResult {
    const { event, internal } = request;
    const cors = corsHeadersFor(headerOf(event, 'origin'), origins);
    const result = resultOf(reply, { ...cors, ...internal.headers });
    log('request', {
      requestId: event.requestContext.requestId,
      route: `${event.httpMethod} ${event.resource}`,
      status: result.statusCode,
      milliseconds: Math.round(performance.now() - (startedAt.get(request) ?? performance.now())),
    });
    if (result.statusCode === 409) count('Conflicts');
    if (result.statusCode === 429) count('TooManyRequests');
    publishMetrics();
    return result;
  }

  return {
    before: (request) => {
      startedAt.set(request, performance.now());
    },
    after: (request) => {
      if (request.response && 'body' in request.response && !('statusCode' in request.response)) {
        request.response = send(request, request.response);
      }
    },
    onError: (request) => {
      const { requestId } = request.event.requestContext;
      if (!(request.error instanceof Refused)) logError('request_failed', request.error, { requestId });
      request.response = send(request, problemFor(request.error, requestId));
    },
  };
}

// API Gateway's own answers have the same: lib/constructs/problem.ts.
const EVERY_ANSWER = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
};

function resultOf(
  { status = 200, body, contentType = 'application/json', headers }: Reply,
  ofRequest: Record<string, string>,
) {
  return {
    statusCode: status,
    headers: { 'Content-Type': contentType, ...EVERY_ANSWER, ...joined(ofRequest, headers ?? {}) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  } satisfies APIGatewayProxyResult;
}

/** The headers of both; one that both have becomes a list (a booking has two limits). */
function joined(some: Readonly<Record<string, string>>, others: Readonly<Record<string, string>>) {
  const both = Object.keys(others).filter((name) => name in some);
  return { ...some, ...others, ...Object.fromEntries(both.map((name) => [name, `${some[name]}, ${others[name]}`])) };
}

/** What a page on another origin may read beside what browsers always let it. */
const EXPOSED = ['ETag', 'Idempotency-Replayed', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After'];

function corsHeadersFor(origin: string | undefined, allowed: readonly string[]): Record<string, string> {
  const exposed = { 'Access-Control-Expose-Headers': EXPOSED.join(', ') };
  if (allowed.includes('*')) return { 'Access-Control-Allow-Origin': '*', ...exposed };
  if (!origin || !allowed.includes(origin)) return { Vary: 'Origin' };
  return { 'Access-Control-Allow-Origin': origin, Vary: 'Origin', ...exposed };
}
