import { ifMatchHeader } from '@medbook/contract/etag';
import { problem } from '@medbook/contract/problem';
import { REFUSALS, type RefusalCode } from '@medbook/contract/refusals';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { httpHandler } from '../../../../lambdas/shared/http/handler.ts';
import { toProblemResponse } from '../../../../lambdas/shared/http/problem-response.ts';
import { RefusalError } from '../../../../lambdas/shared/refusal-error.ts';
import { DatabaseUnavailableError } from '../../../../lambdas/shared/sql.ts';
import {
  type ApiCall,
  createApiEvent,
  createClaims,
  createLambdaContext,
  USER_POOL_IDS,
} from '../../../support/http/in-process-api.ts';
import { toStrictSchema } from '../../../support/http/strict-schema.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

const failure: { error?: unknown } = {};

const operation = { id: 'test', tag: 'System', summary: 'Test.', response: z.unknown() } as const;

const createHandler = (corsOrigins: string) =>
  httpHandler({
    routes: {
      'GET /things': { ...operation, access: 'public' },
      'GET /mine': { ...operation, access: 'signed-in' },
      'POST /things/{thingId}': {
        ...operation,
        access: ['doctor', 'admin'],
        path: z.object({ thingId: z.string().min(5) }),
        query: z.strictObject({ limit: z.coerce.number().max(5).optional() }),
        body: z.strictObject({ a: z.int(), b: z.object({ c: z.string() }) }),
        status: 201,
      },
      'GET /fault': { ...operation, access: 'public' },
      'GET /never': { ...operation, access: 'public' },
      'GET /text': { ...operation, access: 'public', contentType: 'text/html; charset=utf-8' },
      'GET /version': { ...operation, access: 'public' },
      'POST /version': { ...operation, access: 'public', headers: ifMatchHeader },
    },
    handlers: {
      'GET /things': async () => ({ body: { here: true } }),
      'GET /mine': async (_deps, _request, { caller }) => ({ body: caller }),
      'POST /things/{thingId}': async (_deps, request) => ({ body: request }),
      'GET /fault': async () => Promise.reject(failure.error),
      'GET /never': () => new Promise(() => undefined),
      'GET /text': async () => ({ body: '<p>', headers: { 'X-One': '1' } }),
      'GET /version': async () => ({ body: {}, headers: { ETag: '"3"' } }),
      'POST /version': async (_deps, { headers }) => ({
        body: { seen: headers['if-match'] },
        headers: { ETag: '"4"' },
      }),
    },
    deps: {},
    userPoolIds: USER_POOL_IDS,
    corsOrigins,
  });

async function call(apiCall: ApiCall, corsOrigins = 'https://a.example,https://b.example') {
  const event = createApiEvent(apiCall);
  const result = (await createHandler(corsOrigins)(event, createLambdaContext())) as APIGatewayProxyResult;
  const isJson = String(result.headers?.['Content-Type']).endsWith('json');
  const body = isJson && result.body !== '' ? JSON.parse(result.body) : result.body;
  return { status: result.statusCode, headers: result.headers, body, requestId: event.requestContext.requestId };
}

async function callFailing(error: unknown) {
  failure.error = error;
  return call({ route: 'GET /fault' });
}

describe('a response', () => {
  it('is JSON that must not be stored, with security headers', async () => {
    expect(await call({ route: 'GET /things' })).toMatchObject({
      status: 200,
      headers: {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'Strict-Transport-Security': expect.stringContaining('max-age='),
        'Content-Security-Policy': expect.stringContaining("default-src 'none'"),
        'Referrer-Policy': 'no-referrer',
      },
      body: { here: true },
    });
  });

  it('can be text with its own headers', async () => {
    expect(await call({ route: 'GET /text' })).toMatchObject({
      status: 200,
      headers: { 'Content-Type': 'text/html; charset=utf-8', 'X-One': '1', 'Cache-Control': 'no-store' },
      body: '<p>',
    });
  });

  it.each([
    ['https://a.example', 'https://a.example'],
    ['https://b.example', 'https://b.example'],
    ['https://a.example.evil', undefined],
    ['null', undefined],
    ['', undefined],
  ])('allows the origin %j only if it is configured', async (Origin, allowed) => {
    const { headers } = await call({ route: 'GET /things', headers: { Origin } });
    expect(headers?.['Access-Control-Allow-Origin']).toBe(allowed);
    expect(headers?.Vary).toBe('Origin');
  });

  it('allows every origin if `*` is configured', async () => {
    const { headers } = await call({ route: 'GET /things', headers: { Origin: 'https://x.example' } }, '*');
    expect(headers).toMatchObject({ 'Access-Control-Allow-Origin': '*' });
  });

  it('exposes the headers of the API to other origins', async () => {
    const { headers } = await call({ route: 'GET /things', headers: { Origin: 'https://a.example' } });
    const exposed = String(headers?.['Access-Control-Expose-Headers']).split(', ');
    expect(exposed).toEqual(expect.arrayContaining(['ETag', 'Idempotency-Replayed', 'Location', 'Retry-After']));
  });

  it.each(['GET /things', 'GET /text', 'GET /version', 'GET /fault', 'GET /mine'])(
    'to HEAD equals that to %s; API Gateway removes the body',
    async (route) => {
      failure.error = new RefusalError('not_found');
      const { body: got, ...asGet } = await call({ route });
      const { body, ...asHead } = await call({ route: route.replace('GET', 'HEAD') });
      expect(asHead).toEqual({ ...asGet, requestId: expect.any(String) });
      expect(body).toEqual(got.requestId ? { ...got, requestId: asHead.requestId } : got);
    },
  );

  it('is 304 without a body if the caller has the current version', async () => {
    for (const route of ['GET /version', 'HEAD /version']) {
      const known = await call({ route, headers: { 'If-None-Match': '"2", "3"' } });
      expect(known).toMatchObject({ status: 304, body: '', headers: { ETag: '"3"', 'Cache-Control': 'no-store' } });
      expect(await call({ route, headers: { 'If-None-Match': '"2"' } })).toMatchObject({ status: 200, body: {} });
    }
  });

  it('to a command ignores If-None-Match and validates If-Match', async () => {
    const headers = { 'If-None-Match': '*', 'If-Match': '"3"' };
    expect(await call({ route: 'POST /version', headers })).toMatchObject({ status: 200, body: { seen: 3 } });
    const weak = await call({ route: 'POST /version', headers: { 'if-match': 'W/"3"' } });
    expect(weak).toMatchObject({ status: 400, body: { errors: [{ path: 'headers.if-match' }] } });
  });
});

it('a function with a route that is not public needs the user pools of its callers', () => {
  const routes = { 'GET /mine': { ...operation, access: 'signed-in' } } as const;
  const handlers = { 'GET /mine': async () => ({ body: {} }) };
  expect(() => httpHandler({ routes, handlers, deps: {}, corsOrigins: '*' })).toThrow('GET /mine is not public');
});

describe('access to a route', () => {
  it('is open to everyone if the route is public, even with an unusable token', async () => {
    expect(await call({ route: 'GET /things', claims: { token_use: 'id' } })).toMatchObject({ status: 200 });
  });

  it('needs an access token if the route is for signed-in users, in any group or none', async () => {
    expect(await call({ route: 'GET /mine', claims: createClaims('s') })).toMatchObject({
      status: 200,
      body: { sub: 's', groups: [] },
    });
    expect(await call({ route: 'GET /mine' })).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    const headers = { 'WWW-Authenticate': expect.stringContaining('Bearer') };
    expect(await call({ route: 'GET /mine', claims: { ...createClaims('s'), token_use: 'id' } })).toMatchObject({
      status: 401,
      headers,
    });
  });

  it('is checked against the groups before the request is validated', async () => {
    const create = { route: 'POST /things/{thingId}', path: { thingId: 'x' }, text: '{' };
    expect(await call(create)).toMatchObject({ status: 401 });
    expect(await call({ ...create, claims: createClaims('s', 'patient') })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect(await call({ ...create, claims: createClaims('s', 'admin') })).toMatchObject({ status: 400 });
  });

  it.each(['GET /nothing', 'DELETE /things', 'GET __proto__', 'GET constructor'])(
    'is 404 for an unknown route: %s',
    async (unknown) => {
      expect(await call({ route: unknown })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    },
  );
});

describe('a request', () => {
  const create = { route: 'POST /things/{thingId}', claims: createClaims('s', 'doctor') };

  it('is passed to the handler as path, query and body', async () => {
    const validRequest = { ...create, path: { thingId: 'thing' }, query: { limit: '3' }, body: { a: 1, b: { c: '' } } };
    expect(await call(validRequest)).toMatchObject({
      status: 201,
      body: { path: { thingId: 'thing' }, query: { limit: 3 }, body: { a: 1, b: { c: '' } } },
    });
  });

  it('is refused with the validation errors of all its parts at once', async () => {
    const wrong = {
      ...create,
      path: { thingId: 'x' },
      query: { limit: '9', more: '1' },
      body: { a: 'x', b: {}, extra: 1, other: 2 },
    };
    const { status, body } = await call(wrong);
    expect({ status, paths: body.errors.map(({ path }: { path: string }) => path).sort() }).toEqual({
      status: 400,
      paths: ['body.a', 'body.b.c', 'body.extra', 'body.other', 'path.thingId', 'query.limit', 'query.more'],
    });
  });

  it('is refused with an unknown field, even if the route defines no fields', async () => {
    expect(await call({ route: 'GET /things', query: { x: '1' } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.x', message: 'unknown field: remove it' }] },
    });
  });
});

const STATUSES: Readonly<Record<RefusalCode, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  fresh_token_required: 401,
  forbidden: 403,
  not_found: 404,
  slot_taken: 409,
  patient_busy: 409,
  illegal_transition: 409,
  hold_expired: 409,
  already_renewed: 409,
  too_early: 409,
  closed_by_exception: 409,
  too_late_to_cancel: 409,
  too_late_to_reschedule: 409,
  too_many_holds: 409,
  too_many_appointments: 409,
  too_many_no_shows: 409,
  precondition_failed: 412,
  rate_limited: 429,
  email_in_use: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  not_bookable: 422,
  idempotency_key_reused: 422,
  slot_contended: 429,
  method_not_allowed: 405,
  internal: 500,
  database_starting: 503,
  unavailable: 503,
};

describe('a problem', () => {
  it.each(Object.entries(STATUSES) as [RefusalCode, number][])('%s has status %i', async (code, status) => {
    const refusal = new RefusalError(code);
    const { body, ...response } = await callFailing(refusal);
    expect(REFUSALS[code].status).toBe(status);
    expect(response).toMatchObject({
      status,
      headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    });
    expect(toStrictSchema(problem).safeParse(body).error).toBeUndefined();
    expect(body).toMatchObject({ status, code, detail: refusal.message, requestId: response.requestId });
    expect(body.title).not.toBe('');
    expect(body.detail).not.toBe('');
  });

  it('has Retry-After and the validation errors', async () => {
    const issues = [{ path: 'body.a', message: 'expected b' }];
    const response = await callFailing(new RefusalError('slot_contended', { validationErrors: issues }));
    expect(response).toMatchObject({ status: 429, headers: { 'Retry-After': '1' }, body: { errors: issues } });
  });

  it('for an exceeded rate limit has the RateLimit headers', async () => {
    const limit = { countedBy: 'bookings', requests: 5, windowSeconds: 60 } as const;
    const response = await callFailing(new RefusalError('rate_limited', { retryAfterSeconds: 34, limit }));
    expect(response.headers).toMatchObject({
      'RateLimit-Policy': '"bookings";q=5;w=60',
      RateLimit: '"bookings";r=0;t=34',
      'Retry-After': '34',
    });
  });

  it('for a replayed refusal has the id of the first request and Idempotency-Replayed', async () => {
    const response = await callFailing(new RefusalError('slot_taken', { firstRequestId: 'first' }));
    expect(response.body.requestId).toBe('first');
    expect(response.headers?.['Idempotency-Replayed']).toBe('true');
    const first = await callFailing(new RefusalError('slot_taken'));
    expect(first.headers?.['Idempotency-Replayed']).toBeUndefined();
  });

  it('for an unreachable database has Retry-After and does not reveal the address', async () => {
    const response = await callFailing(new DatabaseUnavailableError(new Error('connect ECONNREFUSED 10.0.0.1:5432')));
    expect(response).toMatchObject({
      status: 503,
      headers: { 'Retry-After': expect.stringMatching(/^[1-9]/) },
      body: { code: 'unavailable' },
    });
    expect(JSON.stringify(response)).not.toContain('10.0.0.1');
  });

  it('for a request that takes as long as the function may run is our own 503, before the function is ended', async () => {
    const context = { ...createLambdaContext(), getRemainingTimeInMillis: () => 310 };
    const event = createApiEvent({ route: 'GET /never' });
    const result = (await createHandler('*')(event, context)) as APIGatewayProxyResult;
    expect(result).toMatchObject({ statusCode: 503, headers: { 'Retry-After': '2' } });
    expect(JSON.parse(result.body)).toMatchObject({ code: 'unavailable' });
  });

  it('for a paused database says that it is starting, and when to retry', async () => {
    const response = await callFailing(new DatabaseUnavailableError(new Error('timeout'), { isStarting: true }));
    expect(response).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '20' },
      body: { code: 'database_starting', detail: 'The database is starting. Try again in 20 seconds.' },
    });
  });

  it.each<[string, unknown]>([
    ['an error', new Error('canary')],
    ['a TypeError', new TypeError('canary')],
    ['a string', 'canary'],
    ['an object', { message: 'canary', statusCode: 400, status: 400 }],
    [
      'an error of another library with a status',
      Object.assign(new Error('canary'), { statusCode: 422, status: 422, expose: true }),
    ],
    ['undefined', undefined],
  ])('for %s is an internal error that does not reveal the cause', async (_, error) => {
    const response = await callFailing(error);
    expect(response).toMatchObject({
      status: 500,
      body: { code: 'internal', detail: 'Something went wrong on our side. Try again later.' },
    });
    expect(JSON.stringify(response)).not.toContain('canary');
    expect(toProblemResponse(error, 'id')).toMatchObject({ status: 500, body: { requestId: 'id' } });
  });
});
