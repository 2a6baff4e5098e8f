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
  | 'too_late_to_cancel'
  | 'idempotency_key_reused'
  | 'email_in_use'
>;

/** What a command of the database answers when it has not been done. */
export interface RefusedOutcome {
  readonly outcome: CommandRefusal | 'invalid' | 'patient_id_required';
  readonly field?: string;
  readonly rule?: 'past' | 'notice' | 'horizon' | 'slot';
  readonly value?: string | number;
  readonly from?: string;
  readonly to?: string;
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
    case 'illegal_transition':
      return new Refused(
        outcome,
        answer.from === answer.to
          ? `The appointment is ${answer.from} already.`
          : `An appointment that is ${answer.from} cannot become ${answer.to}.`,
        { firstRequestId },
      );
    case 'too_late_to_cancel':
      return new Refused(
        outcome,
        `Cancelling ends ${value} minutes before the start (cancellationCutoffMinutes = ${value}).`,
        { firstRequestId },
      );
    default:
      return new Refused(outcome, SENTENCES[outcome], { firstRequestId });
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
  slot_taken: 'This time has just been taken.',
  slot_contended: 'Somebody else is booking this time at this instant. Try again.',
  patient_busy: 'The patient has another appointment at this time.',
  idempotency_key_reused: 'This Idempotency-Key was used for another body before.',
  email_in_use: 'Somebody else has this e-mail address.',
  forbidden: 'Your account does not permit this.',
} as const satisfies Partial<Record<CommandRefusal, string>>;

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
