import type { RateLimit } from '@medbook/contract/rate-limit';
import { describeRefusal, type RefusalCode, type RefusalFacts } from '@medbook/contract/refusals';

/** One invalid field of a request: its path (`body.slotId`, `query.from`) and what was expected there. */
export interface ValidationError {
  readonly path: string;
  readonly message: string;
}

interface RefusalOptions extends ErrorOptions {
  /** The values in the message of the refusal. */
  readonly facts?: RefusalFacts;
  readonly validationErrors?: readonly ValidationError[];
  /** @default - the value in the catalogue */
  readonly retryAfterSeconds?: number;
  /** The rate limit of the route itself, when it was exceeded. */
  readonly limit?: RateLimit;
  /** The id of the first request, when this is the stored response to its retry. */
  readonly firstRequestId?: string;
}

/** A request that was understood and refused. The catalogue in `packages/contract` has its status and its message. */
export class RefusalError extends Error {
  readonly code: RefusalCode;
  readonly status: number;
  readonly validationErrors: readonly ValidationError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly limit: RateLimit | undefined;
  readonly firstRequestId: string | undefined;

  constructor(code: RefusalCode, options: RefusalOptions = {}) {
    const { status, detail, retryAfterSeconds } = describeRefusal(code, options.facts);
    super(detail, { cause: options.cause });
    this.name = 'RefusalError';
    this.code = code;
    this.status = status;
    this.validationErrors = options.validationErrors;
    this.retryAfterSeconds = options.retryAfterSeconds ?? retryAfterSeconds;
    this.limit = options.limit;
    this.firstRequestId = options.firstRequestId;
  }
}

/** Returns the refusal of one field. `path` is its place in the request: `body.slotId`. */
export function refuseField(code: RefusalCode, path: string, facts: RefusalFacts, options: RefusalOptions = {}) {
  const { fieldError } = describeRefusal(code, facts);
  const validationErrors = fieldError === undefined ? undefined : [{ path, message: fieldError }];
  return new RefusalError(code, { ...options, facts, validationErrors });
}

/** Returns the refusal of an id that does not exist, or that the caller may not see. */
export const notFound = (field: string, part: 'path' | 'query' | 'body') =>
  refuseField('not_found', `${part}.${field}`, { field });
