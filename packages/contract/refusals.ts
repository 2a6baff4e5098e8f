/** What a refusal's sentence may mention. The SQL functions return these beside the `outcome`. */
export interface RefusalFacts {
  /** The field of the request that is refused. */
  readonly field?: string;
  /** The booking rule that was violated. */
  readonly rule?: 'past' | 'notice' | 'horizon' | 'slot' | 'profile';
  /** The value of the rule or policy. */
  readonly value?: string | number;
  /** Of an illegal transition: the command, the present status and the status it leads to. */
  readonly command?: string;
  readonly from?: string;
  readonly to?: string;
  /** The groups that may call the route. */
  readonly groups?: readonly string[];
  /** Of a rate limit: its requests and its window. */
  readonly requests?: number;
  readonly windowSeconds?: number;
}

interface Refusal {
  readonly status: number;
  /** Whether a retry with the same idempotency key gets this response again. `end_command()` in the migrations stores exactly these. */
  readonly stored: boolean;
  /** The `Retry-After` of the response, in seconds, unless the code that refuses sets its own. */
  readonly retryAfterSeconds?: number;
  /** The entry of `errors` for the field that is refused, if there is one. */
  readonly fieldError?: string;
  /** What is wrong and what to do, without personal data. */
  readonly detail: string | ((facts: RefusalFacts) => string);
}

const stored = (status: number, detail: Refusal['detail']) => ({ status, stored: true, detail });
const notStored = (
  status: number,
  detail: Refusal['detail'],
  more: Pick<Refusal, 'retryAfterSeconds' | 'fieldError'> = {},
) => ({ status, stored: false, detail, ...more });

/**
 * Every refusal of the API: its code, HTTP status, whether it is stored with an idempotency key, and its sentence. Policies name the field
 * of the clinic that sets them. `test/unit/contract/refusals.test.ts` compares it with the SQL functions.
 */
export const REFUSALS = {
  invalid_request: notStored(400, 'The request is not valid.'),
  unauthorized: notStored(401, 'Sign in and send a valid access token.'),
  fresh_token_required: notStored(401, 'Your account is ready. Refresh your token or sign in again.'),
  forbidden: notStored(403, ({ groups, rule }) => {
    if (rule === 'profile') return 'Your account has no active profile of a patient or a doctor. Contact the clinic.';
    return groups ? `Only for the roles: ${groups.join(', ')}.` : 'Your account does not have permission to do this.';
  }),
  not_found: notStored(404, ({ field }) => NOT_FOUND[field ?? ''] ?? 'Nothing was found at this path.', {
    fieldError: 'not found, or you have no access to it',
  }),
  method_not_allowed: notStored(405, ({ value }) => `This path allows ${value}.`),
  slot_taken: stored(409, 'This time has just been booked. Choose another time.'),
  patient_busy: stored(409, 'The patient already has an appointment at this time.'),
  illegal_transition: stored(409, illegalTransition),
  hold_expired: stored(409, 'The hold has expired and the time is free again. Book it again.'),
  already_renewed: stored(409, ({ value }) => `A hold can be renewed only once. This one expires at ${value}.`),
  too_early: stored(
    409,
    ({ value }) => `An appointment cannot be completed or marked as a no-show before its start (startTime = ${value}).`,
  ),
  too_late_to_cancel: stored(
    409,
    ({ value }) =>
      `An appointment can be cancelled until ${value} minutes before its start (cancellationCutoffMinutes = ${value}). Patients: call the clinic. Staff: send a reason.`,
  ),
  too_late_to_reschedule: stored(
    409,
    ({ value }) =>
      `An appointment can be rescheduled until ${value} minutes before its start (cancellationCutoffMinutes = ${value}). Patients: call the clinic. Staff: send a reason.`,
  ),
  too_many_holds: stored(
    409,
    ({ value }) =>
      `A patient can hold at most ${value} times at once (holdsPerPatient = ${value}). Confirm or cancel one of them first.`,
  ),
  too_many_appointments: stored(
    409,
    ({ value }) =>
      `A patient can have at most ${value} upcoming appointments at this clinic (appointmentsPerPatient = ${value}).`,
  ),
  too_many_no_shows: stored(
    409,
    ({ value }) =>
      `Online booking is blocked after ${value} missed appointments within a year (noShowsPerPatient = ${value}). Call the clinic to book.`,
  ),
  closed_by_exception: notStored(
    409,
    'A holiday or a longer block covers this slot. Remove that exception instead: see GET /doctors/{doctorId}/exceptions.',
  ),
  email_in_use: notStored(409, 'Another account already uses this email address. Use a different address.'),
  precondition_failed: notStored(
    412,
    ({ value }) => `The appointment has changed: its ETag is now "${value}". Read it again before you change it.`,
  ),
  payload_too_large: notStored(413, ({ value }) =>
    value ? `The request body may have at most ${value} bytes.` : 'The request body is too large.',
  ),
  unsupported_media_type: notStored(415, 'The request body must be JSON, with Content-Type: application/json.'),
  not_bookable: notStored(422, notBookable, { fieldError: 'cannot be booked' }),
  idempotency_key_reused: notStored(
    422,
    'This Idempotency-Key was already used for a request with a different body. Use a new key.',
  ),
  slot_contended: notStored(429, 'Another request is booking this time right now. Try again.', {
    retryAfterSeconds: 1,
  }),
  rate_limited: notStored(429, ({ requests, windowSeconds, value }) => {
    if (value) return `At most ${value} booking attempts per minute are allowed. Wait before you try again.`;
    if (!requests || !windowSeconds) return 'Too many requests. Wait before you try again.';
    return `At most ${requests} requests in ${windowSeconds / 60} minutes are allowed. Wait before you try again.`;
  }),
  internal: notStored(500, 'Something went wrong on our side. Try again later.'),
  database_starting: notStored(503, 'The database is starting. Try again in 20 seconds.', { retryAfterSeconds: 20 }),
  unavailable: notStored(
    503,
    'The service is temporarily unavailable. Try again in a moment, with the same Idempotency-Key if you sent one.',
    {
      retryAfterSeconds: 2,
    },
  ),
} as const satisfies Record<string, Refusal>;

/** The `code` of a problem. */
export type RefusalCode = keyof typeof REFUSALS;

/** The properties of a refusal; `detail` is its sentence with these facts. */
export function describeRefusal(code: RefusalCode, facts: RefusalFacts = {}) {
  const { detail, ...properties }: Refusal = REFUSALS[code];
  return { ...properties, code, detail: typeof detail === 'string' ? detail : detail(facts) };
}

const NOT_FOUND: Readonly<Record<string, string>> = {
  appointmentId: 'The appointment was not found.',
  clinicId: 'The clinic was not found.',
  doctorId: 'The doctor was not found.',
  patientId: 'The patient was not found.',
  exceptionId: 'The exception was not found.',
  slotId: 'The slot was not found.',
  token: 'This link is invalid.',
};

const PARTICIPLES: Readonly<Record<string, string>> = {
  confirm: 'confirmed',
  renew: 'renewed',
  cancel: 'cancelled',
  reschedule: 'rescheduled',
  complete: 'completed',
  no_show: 'marked as a no-show',
};

function illegalTransition({ command = '', from, to }: RefusalFacts): string {
  if (from === to) return `The appointment is already ${from}.`;
  return `An appointment with status ${from} cannot be ${PARTICIPLES[command]}.`;
}

function notBookable({ rule, value }: RefusalFacts): string {
  switch (rule) {
    case 'past':
      return `This time is in the past: it is now ${value}.`;
    case 'notice':
      return `Bookings close ${value} minutes before the start (noticeMinutes = ${value}). Choose a later time.`;
    case 'horizon':
      return `Bookings are open for the next ${value} days (horizonDays = ${value}). Choose an earlier time.`;
    default:
      return value === 1 || value === undefined
        ? 'No slot starts at this time. See GET /availability for free times.'
        : `No ${value} consecutive slots of one doctor start at this time (slots = ${value}). See GET /availability.`;
  }
}
