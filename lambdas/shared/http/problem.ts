import * as z from 'zod';
import { type Refusal, Refused } from '../refusal.ts';
import { DatabaseUnavailable } from '../sql.ts';
import { limitHeadersOf } from './limit-headers.ts';
import type { Reply } from './reply.ts';

/** The status of every refusal. A refusal without one does not compile. */
const STATUS: Readonly<Record<Refusal | 'internal', number>> = {
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
  too_late_to_cancel: 409,
  too_late_to_reschedule: 409,
  too_many_holds: 409,
  too_many_appointments: 409,
  too_many_no_shows: 409,
  email_in_use: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  not_bookable: 422,
  idempotency_key_reused: 422,
  slot_contended: 429,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** An error as the API answers it: RFC 9457, with a word for programs (`code`) and one entry for each fault of the request. */
export const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** Turns whatever was thrown into an answer: here, and nowhere else, an error becomes HTTP. What is not a refusal is a fault of ours, told to nobody. */
export function problemFor(error: unknown, requestId: string): Reply {
  if (error instanceof DatabaseUnavailable) {
    return answer(
      'unavailable',
      'The database cannot be reached for the moment. Nothing was changed half way.',
      requestId,
      {
        retryAfterSeconds: 2,
      },
    );
  }
  if (!(error instanceof Refused)) return answer('internal', 'Something went wrong on our side.', requestId, {});
  return answer(error.refusal, error.message, error.firstRequestId ?? requestId, error);
}

function answer(
  code: Refusal | 'internal',
  detail: string,
  requestId: string,
  {
    faults,
    retryAfterSeconds,
    firstRequestId,
    limit,
  }: Pick<Partial<Refused>, 'faults' | 'retryAfterSeconds' | 'firstRequestId' | 'limit'>,
): Reply {
  const status = STATUS[code];
  const body: z.output<typeof problem> = {
    type: 'about:blank',
    title: TITLES[status] ?? '',
    status,
    code,
    detail,
    requestId,
    ...(faults ? { errors: faults.map((fault) => ({ ...fault })) } : {}),
  };
  return {
    status,
    body,
    contentType: 'application/problem+json',
    headers: {
      ...(retryAfterSeconds ? { 'Retry-After': String(retryAfterSeconds) } : {}),
      ...(limit ? limitHeadersOf(limit, { left: 0, resetSeconds: retryAfterSeconds ?? limit.windowSeconds }) : {}),
      ...(firstRequestId ? { 'Idempotency-Replayed': 'true' } : {}),
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer error="invalid_token"' } : {}),
    },
  };
}

/** The statuses that a refusal can have, for the description of the API. */
export const statusOf = (refusal: Refusal): number => STATUS[refusal];
