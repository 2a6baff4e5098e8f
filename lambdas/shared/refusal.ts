/** Every way in which a request that was understood can be refused. The HTTP status of each is in `http/problem.ts`. */
export type Refusal =
  | 'invalid_request'
  | 'unauthorized'
  | 'fresh_token_required'
  | 'forbidden'
  | 'not_found'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'not_bookable'
  | 'slot_taken'
  | 'slot_contended'
  | 'patient_busy'
  | 'illegal_transition'
  | 'hold_expired'
  | 'already_renewed'
  | 'too_early'
  | 'too_late_to_cancel'
  | 'too_late_to_reschedule'
  | 'too_many_holds'
  | 'too_many_appointments'
  | 'too_many_no_shows'
  | 'precondition_failed'
  | 'idempotency_key_reused'
  | 'rate_limited'
  | 'email_in_use'
  | 'unavailable';

/** One fault of a request: where it is (`body.slotId`, `query.from`) and what was expected there. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** A limit that was reached: how many of what within how many seconds. */
export interface Limit {
  readonly countedBy: 'address' | 'user' | 'bookings';
  readonly requests: number;
  readonly windowSeconds: number;
}

interface RefusedOptions extends ErrorOptions {
  readonly faults?: readonly Fault[];
  readonly retryAfterSeconds?: number;
  /** Of a refusal by a limit that its route has beside the one of all requests. */
  readonly limit?: Limit;
  /** The request that was refused first, when this is the stored answer to its repeat. */
  readonly firstRequestId?: string;
}

/** A refusal on its way to the caller. Its message is a sentence for people, free of personal data. */
export class Refused extends Error {
  readonly refusal: Refusal;
  readonly faults: readonly Fault[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly limit: Limit | undefined;
  readonly firstRequestId: string | undefined;

  constructor(refusal: Refusal, message: string, options: RefusedOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'Refused';
    this.refusal = refusal;
    this.faults = options.faults;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.limit = options.limit;
    this.firstRequestId = options.firstRequestId;
  }
}
