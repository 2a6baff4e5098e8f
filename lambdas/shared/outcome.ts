import { type Refusal, Refused } from './refusal.ts';

/** The refusals that the database decides. The others are the boundary's, and have their sentences there. */
type CommandRefusal = Extract<
  Refusal,
  | 'forbidden'
  | 'not_found'
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
  | 'rate_limited'
  | 'idempotency_key_reused'
  | 'email_in_use'
>;

/** What a command of the database answers when it has not been done. */
export interface RefusedOutcome {
  readonly outcome: CommandRefusal | 'invalid' | 'patient_id_required';
  readonly field?: string;
  readonly rule?: 'past' | 'notice' | 'horizon' | 'slot';
  readonly value?: string | number;
  /** Of an illegal transition: what was asked for, and from which status to which it would have led. */
  readonly command?: string;
  readonly from?: string;
  readonly to?: string;
  /** After how long it is worth asking again. */
  readonly seconds?: number;
}

/** What a command of the database answers: `Done`, or why not. */
export type Answer<Done> = ({ readonly outcome: 'done' } & Done) | RefusedOutcome;

interface Where {
  /** The field of the request that a name in the outcome stands for: `body.slotId`. */
  readonly pathOf?: (field: string) => string;
  readonly firstRequestId?: string;
}

/** The outcome of a command, or the one translation of its refusal into words. */
export function done<Done>(answer: Answer<Done>, where: Where = {}): { readonly outcome: 'done' } & Done {
  if (answer.outcome === 'done') return answer;
  throw refused(answer, where);
}

function refused(answer: RefusedOutcome, { pathOf = (field) => field, firstRequestId }: Where): Refused {
  const { outcome, field = '', value } = answer;
  switch (outcome) {
    case 'invalid':
      return invalid(pathOf(field), `expected ${value}`);
    case 'patient_id_required':
      return invalid(pathOf('patientId'), 'expected the id of the patient whom you book for');
    case 'not_found':
      return notFoundAt(field, pathOf(field));
    case 'not_bookable':
      return new Refused('not_bookable', notBookable(answer), {
        faults: [{ path: pathOf(field), message: 'cannot be booked' }],
      });
    case 'slot_contended':
      return new Refused('slot_contended', SENTENCES[outcome], { retryAfterSeconds: 1 });
    case 'rate_limited':
      return new Refused(outcome, `At most ${value} tries to book in a minute.`, {
        retryAfterSeconds: answer.seconds,
        limit: { countedBy: 'bookings', requests: Number(value), windowSeconds: 60 },
      });
    case 'illegal_transition':
      return new Refused(outcome, illegalTransition(answer), { firstRequestId });
    case 'hold_expired':
    case 'slot_taken':
    case 'patient_busy':
    case 'idempotency_key_reused':
    case 'email_in_use':
    case 'forbidden':
      return new Refused(outcome, SENTENCES[outcome], { firstRequestId });
    default:
      return new Refused(outcome, POLICY_SENTENCES[outcome](value), { firstRequestId });
  }
}

/** The refusal of an id that names nothing, or nothing of the caller's. `part` is where it stood. */
export const notFound = (field: string, part: 'path' | 'query' | 'body') => notFoundAt(field, `${part}.${field}`);

const notFoundAt = (field: string, path: string) =>
  new Refused('not_found', `There is no such ${NOUNS[field] ?? 'thing'}.`, {
    faults: [{ path, message: 'names nothing that you can see' }],
  });

const invalid = (path: string, message: string) =>
  new Refused('invalid_request', 'The request is not valid.', { faults: [{ path, message }] });

const NOUNS: Readonly<Record<string, string>> = {
  appointmentId: 'appointment',
  clinicId: 'clinic',
  doctorId: 'doctor',
  patientId: 'patient',
  slotId: 'slot',
};

const SENTENCES = {
  hold_expired: 'The hold has expired: the time is free to everybody again. Book it anew.',
  slot_taken: 'This time has just been taken.',
  slot_contended: 'Somebody else is booking this time at this instant. Try again.',
  patient_busy: 'The patient has another appointment at this time.',
  idempotency_key_reused: 'This Idempotency-Key was used for another body before.',
  email_in_use: 'Somebody else has this e-mail address.',
  forbidden: 'Your account does not permit this.',
} as const satisfies Partial<Record<CommandRefusal, string>>;

/** The clinic's policies, each with the field of the clinic that says so and its value. */
const POLICY_SENTENCES = {
  already_renewed: (value) => `A hold can be renewed once. This one ends at ${value}.`,
  too_early: (value) => `This can be said from the start on (startTime = ${value}).`,
  too_late_to_cancel: (value) =>
    `Cancelling ends ${value} minutes before the start (cancellationCutoffMinutes = ${value}).`,
  too_late_to_reschedule: (value) =>
    `Rescheduling ends ${value} minutes before the start (cancellationCutoffMinutes = ${value}).`,
  too_many_holds: (value) => `A patient can hold ${value} times at once (holdsPerPatient = ${value}).`,
  too_many_appointments: (value) =>
    `You have ${value} appointments ahead at this clinic, which is the most (appointmentsPerPatient = ${value}).`,
  too_many_no_shows: (value) =>
    `You missed appointments at this clinic within a year (noShowsPerPatient = ${value}): please call it to book.`,
  precondition_failed: (value) => `The appointment has changed since: its ETag is "${value}" now.`,
} as const satisfies Partial<Record<CommandRefusal, (value: RefusedOutcome['value']) => string>>;

const PARTICIPLES: Readonly<Record<string, string>> = {
  confirm: 'confirmed',
  renew: 'renewed',
  cancel: 'cancelled',
  reschedule: 'rescheduled',
  complete: 'completed',
  no_show: 'marked as missed',
};

function illegalTransition({ command = '', from, to }: RefusedOutcome): string {
  return from === to
    ? `The appointment is ${from} already.`
    : `An appointment that is ${from} cannot be ${PARTICIPLES[command]}.`;
}

function notBookable({ rule, value }: RefusedOutcome): string {
  switch (rule) {
    case 'past':
      return `This time is in the past: it is ${value} now.`;
    case 'notice':
      return `The clinic takes bookings until ${value} minutes before the start (noticeMinutes = ${value}).`;
    case 'horizon':
      return `The clinic takes bookings for the next ${value} days (horizonDays = ${value}).`;
    default:
      return value === 1 || value === undefined
        ? 'No slot starts at this time.'
        : `No ${value} consecutive slots of one doctor start at this time (slots = ${value}).`;
  }
}
