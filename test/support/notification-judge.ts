import type pg from 'pg';
import { type AppointmentState, during, type PatientState, readHistory } from './notification-history.ts';
import { expectedNotifications } from './notification-rules.ts';
import type { TakenMessages } from './taken-messages.ts';

/** A row of notifications, with what it is about. Instants are milliseconds. */
export interface JudgedNotification {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly recipientId: string;
  readonly channel: 'email' | 'sms';
  readonly appointmentId: string | null;
  readonly reference: string | null;
  readonly version: number;
  readonly status: string;
  readonly reason: string | null;
  readonly losses: number;
  readonly startTime: number | null;
  readonly createdAt: number;
  readonly settledAt: number | null;
}

/** What is wrong, each as a line that says where; and how many of what there were. */
export interface Verdict {
  readonly faults: {
    /** Not settled, though nothing is due any more. */
    readonly pending: readonly string[];
    /** Noted as sent, and the provider never had it. */
    readonly lost: readonly string[];
    /** At the provider more often than it may be. */
    readonly doubled: readonly string[];
    /** Sent, though at no moment that counts was it true or wanted. */
    readonly untrue: readonly string[];
    /** Suppressed for a reason that was not so. */
    readonly unfounded: readonly string[];
    /** Nobody was to be told, or nobody was told. */
    readonly unplanned: readonly string[];
    readonly missing: readonly string[];
  };
  readonly figures: Readonly<Record<string, number>>;
}

/** The verdict on what is as it has to be. */
export const NO_FAULTS: Verdict['faults'] = {
  pending: [],
  lost: [],
  doubled: [],
  untrue: [],
  unfounded: [],
  unplanned: [],
  missing: [],
};

/** How long before it is settled a message may have been sent: as long as an answer takes, or until an event settles an e-mail of which there was none. */
const lateness = ({ losses }: JudgedNotification) => (losses > 0 ? 16 : 1.5) * 60_000;

/** Judges the end of a storm by what the database noted beside and what the provider has taken. */
export async function judge(owner: pg.Client, taken: TakenMessages): Promise<Verdict> {
  const [history, rows, blocked] = [await readHistory(owner), await readNotifications(owner), await readBlocked(owner)];
  const { missing, unplanned } = await expectedNotifications(owner, history, rows);
  const figures: Record<string, number> = {
    notifications: rows.length,
    ...taken.total,
    smsUnknown: 0,
    smsUnknownArrived: 0,
  };
  const faults = { pending: [], lost: [], doubled: [], untrue: [], unfounded: [], missing, unplanned } as {
    [Fault in keyof Verdict['faults']]: string[];
  };
  for (const row of rows) {
    const status = row.status === 'suppressed' ? `suppressed ${row.reason}` : row.status;
    for (const name of [status, row.kind]) figures[name] = (figures[name] ?? 0) + 1;
    if (row.losses > 0) figures.asked_without_answer = (figures.asked_without_answer ?? 0) + row.losses;
    const isSettled = row.settledAt !== null && (row.status !== 'unknown' || row.channel === 'sms');
    if (!isSettled || row.status === 'dead') faults.pending.push(line(row));
    if (row.status === 'sent' && !wasTrue(row)) faults.untrue.push(line(row));
    if (row.status === 'suppressed' && !isFounded(row)) faults.unfounded.push(line(row));
    if (row.channel === 'email') {
      const [copies, due] = [taken.emails(row.id), row.status === 'sent' ? 1 : 0];
      if (copies < due) faults.lost.push(line(row));
      if (copies > due) faults.doubled.push(`${line(row)}: ${copies}`);
    }
  }
  for (const [key, same] of Map.groupBy(rows.filter(isSms), ({ reference, kind }) => `${reference} ${kind}`)) {
    const copies = taken.sms(same[0]?.reference ?? '', same[0]?.kind ?? '');
    const [sent, unknown] = ['sent', 'unknown'].map((wanted) => same.filter(({ status }) => status === wanted).length);
    if (copies < (sent ?? 0)) faults.lost.push(key);
    if (copies > (sent ?? 0) + (unknown ?? 0)) faults.doubled.push(`${key}: ${copies}`);
    figures.smsUnknown = (figures.smsUnknown ?? 0) + (unknown ?? 0);
    figures.smsUnknownArrived = (figures.smsUnknownArrived ?? 0) + Math.max(0, copies - (sent ?? 0));
  }
  return { faults, figures };

  /** Whether it was so at some moment of that time, and wanted. */
  function wasTrue(row: JudgedNotification): boolean {
    const settledAt = row.settledAt ?? 0;
    return (
      aboutThen(row).some((state) => isTrue(row, state, settledAt - lateness(row))) &&
      (!isPatient(row) || patientThen(row).some(wants(row)))
    );
  }

  function isFounded(row: JudgedNotification): boolean {
    const settledAt = row.settledAt ?? 0;
    const addresses = patientThen(row).flatMap(({ email, phone }) => (row.channel === 'sms' ? phone : email) ?? []);
    switch (row.reason) {
      case 'no_address':
        return isPatient(row) && patientThen(row).some((state) => !wants(row)(state));
      case 'reminders_off':
        return patientThen(row).some(({ notify_reminders }) => !notify_reminders);
      case 'address_blocked':
        return addresses.some(
          (address) => (blocked.get(address.toLowerCase()) ?? Number.POSITIVE_INFINITY) <= settledAt,
        );
      case 'no_longer_true':
        return aboutThen(row).some((state) => !isTrue(row, state, settledAt));
      case 'superseded':
        return rows.some(
          (later) =>
            later.appointmentId === row.appointmentId &&
            later.recipientId === row.recipientId &&
            later.channel === row.channel &&
            later.kind === 'appointment_rescheduled' &&
            later.version > row.version &&
            later.createdAt <= settledAt,
        );
      default:
        return false;
    }
  }

  function aboutThen(row: JudgedNotification): (AppointmentState | undefined)[] {
    if (row.appointmentId === null) return [undefined];
    const settledAt = row.settledAt ?? 0;
    return during(history.appointments.get(row.appointmentId), settledAt - lateness(row), settledAt);
  }

  function patientThen(row: JudgedNotification): PatientState[] {
    const settledAt = row.settledAt ?? 0;
    return during(history.patients.get(row.recipientId), settledAt - lateness(row), settledAt);
  }
}

/** Whether what a message says is so of an appointment in that state at that instant. */
function isTrue(row: JudgedNotification, state: AppointmentState | undefined, instant: number): boolean {
  if (!state) return true;
  const { status, doctor_id, start_time, end_time, expires_at } = state;
  switch (row.kind) {
    case 'appointment_held':
      return status === 'pending' && Date.parse(expires_at ?? '') > instant;
    case 'appointment_expired':
    case 'appointment_cancelled':
    case 'appointment_completed':
      return `appointment_${status}` === row.kind;
    case 'appointment_reassigned':
      return doctor_id !== row.recipientId;
    case 'appointment_reminder':
      return status === 'booked' && Date.parse(start_time) > instant && Date.parse(start_time) === row.startTime;
    default:
      return (
        status === 'booked' &&
        Date.parse(end_time) > instant &&
        (row.recipient !== 'doctor' || doctor_id === row.recipientId)
      );
  }
}

const isPatient = ({ recipient }: JudgedNotification) => recipient === 'patient';
const isSms = ({ channel }: JudgedNotification) => channel === 'sms';
const wants = (row: Pick<JudgedNotification, 'channel' | 'kind'>) => (state: PatientState) =>
  (row.channel === 'sms'
    ? state.notify_by_sms && state.phone !== null
    : state.notify_by_email && state.email !== null) &&
  (row.kind !== 'appointment_reminder' || state.notify_reminders);

const line = ({ id, kind, recipient, channel, version, status, reason }: JudgedNotification) =>
  `${id} ${kind} ${recipient} ${channel} v${version} ${status} ${reason ?? ''}`;

async function readNotifications(owner: pg.Client): Promise<JudgedNotification[]> {
  const { rows } = await owner.query(`
    select n.id, n.kind, n.recipient, n.recipient_id as "recipientId", n.channel, n.appointment_id as "appointmentId", a.reference,
      n.version, n.status, n.reason, n.losses, n.start_time as "startTime", n.created_at as "createdAt", n.settled_at as "settledAt"
    from notifications n left join appointments a on a.id = n.appointment_id order by n.created_at, n.id`);
  return rows.map((row) => ({
    ...row,
    startTime: row.startTime?.getTime() ?? null,
    createdAt: row.createdAt.getTime(),
    settledAt: row.settledAt?.getTime() ?? null,
  }));
}

async function readBlocked(owner: pg.Client): Promise<Map<string, number>> {
  const { rows } = await owner.query<{ address: string; created_at: Date }>(
    'select address, created_at from blocked_addresses',
  );
  return new Map(rows.map(({ address, created_at }) => [address, created_at.getTime()]));
}
