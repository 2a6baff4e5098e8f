import { getTitle, PROBLEM_CONTENT_TYPE, type Problem } from '@medbook/contract/problem';
import { createRateLimitHeaders } from '@medbook/contract/rate-limit';
import { RefusalError } from '../refusal-error.ts';
import { DatabaseUnavailableError } from '../sql.ts';
import type { HttpResponse } from './http-response.ts';
import { RequestTimeoutError } from './request-timeout-error.ts';

/**
 * Converts an error into a response: the only place where errors become HTTP. An error that is not a refusal becomes 503 if the database is
 * unavailable, otherwise 500, without details.
 */
export function toProblemResponse(error: unknown, requestId: string): HttpResponse {
  const refusal = toRefusalError(error);
  const { code, status, message, validationErrors, retryAfterSeconds, firstRequestId, limit } = refusal;
  const body: Problem = {
    type: 'about:blank',
    title: getTitle(status),
    status,
    code,
    detail: message,
    requestId: firstRequestId ?? requestId,
    ...(validationErrors ? { errors: validationErrors.map((one) => ({ ...one })) } : {}),
  };
  return {
    status,
    body,
    contentType: PROBLEM_CONTENT_TYPE,
    headers: {
      ...(retryAfterSeconds ? { 'Retry-After': String(retryAfterSeconds) } : {}),
      ...(limit
        ? createRateLimitHeaders(limit, { remaining: 0, resetSeconds: retryAfterSeconds ?? limit.windowSeconds })
        : {}),
      ...(firstRequestId ? { 'Idempotency-Replayed': 'true' } : {}),
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer error="invalid_token"' } : {}),
    },
  };
}

function toRefusalError(error: unknown): RefusalError {
  if (error instanceof RefusalError) return error;
  if (error instanceof RequestTimeoutError) return new RefusalError('unavailable');
  if (!(error instanceof DatabaseUnavailableError)) return new RefusalError('internal');
  return new RefusalError(error.isStarting ? 'database_starting' : 'unavailable');
}
