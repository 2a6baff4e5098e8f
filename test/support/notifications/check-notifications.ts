import type pg from 'pg';
import type { AcceptedMessages } from './accepted-messages.ts';
import { computeExpectedNotifications } from './expected-notifications.ts';
import { type AppointmentState, listStatesBetween, type PatientState, readHistory } from './state-history.ts';

/** A row of notifications with its appointment's reference. Instants are epoch milliseconds. */
export interface CheckedNotification {
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
  readonly unknown_outcomes: number;
  readonly startTime: number | null;
  readonly createdAt: number;
  readonly resolvedAt: number | null;
}

/** The problems, each as a description of the notification, and figures for the log. */
export interface CheckResult {
  readonly problems: {
    /** Without a final status, although nothing is due any more. */
    readonly unresolved: readonly string[];
    /** Recorded as sent, but never accepted by the provider. */
    readonly lost: readonly string[];
    /** Accepted by the provider more often than allowed. */
    readonly duplicated: readonly string[];
    /** Sent, although it was neither true nor enabled at any relevant moment. */
    readonly incorrect: readonly string[];
    /** Suppressed for a reason that did not apply. */
    readonly wronglySuppressed: readonly string[];
    /** Notifications that should not exist. */
    readonly unexpected: readonly string[];
    /** Notifications that should exist. */
    readonly missing: readonly string[];
  };
  readonly figures: Readonly<Record<string, number>>;
}

/** The expected problems: none. */
export const NO_PROBLEMS: CheckResult['problems'] = {
  unresolved: [],
  lost: [],
  duplicated: [],
  incorrect: [],
  wronglySuppressed: [],
  unexpected: [],
  missing: [],
};

/** The maximum time between sending and the final status: a response's duration, or after an unknown outcome the time until the provider's event. */
const toleranceMilliseconds = ({ unknown_outcomes }: CheckedNotification) => (unknown_outcomes > 0 ? 16 : 1.5) * 60_000;

/** Checks the notifications at the end of a stress test against the recorded history and the messages that the provider accepted. */
export async function checkNotifications(owner: pg.Client, accepted: AcceptedMessages): Promise<CheckResult> {
  const [history, rows, blockedAddresses] = [
    await readHistory(owner),
    await readNotifications(owner),
    await readBlockedAddresses(owner),
  ];
  const { missing, unplanned: unexpected } = await computeExpectedNotifications(owner, history, rows);
  const figures: Record<string, number> = {
    notifications: rows.length,
    ...accepted.total,
    smsUnknown: 0,
    smsUnknownArrived: 0,
  };
  const problems = {
    unresolved: [],
    lost: [],
    duplicated: [],
    incorrect: [],
    wronglySuppressed: [],
    missing,
    unexpected,
  } as {
    [Problem in keyof CheckResult['problems']]: string[];
  };
  for (const row of rows) {
    const status = row.status === 'suppressed' ? `suppressed ${row.reason}` : row.status;
    for (const name of [status, row.kind]) figures[name] = (figures[name] ?? 0) + 1;
    if (row.unknown_outcomes > 0)
      figures.sends_without_response = (figures.sends_without_response ?? 0) + row.unknown_outcomes;
    const isResolved = row.resolvedAt !== null && (row.status !== 'unknown' || row.channel === 'sms');
    if (!isResolved || row.status === 'dead') problems.unresolved.push(describeNotification(row));
    if (row.status === 'sent' && !wasCorrect(row)) problems.incorrect.push(describeNotification(row));
    if (row.status === 'suppressed' && !isJustified(row)) problems.wronglySuppressed.push(describeNotification(row));
    if (row.channel === 'email') {
      const [copies, due] = [accepted.countEmails(row.id), row.status === 'sent' ? 1 : 0];
      if (copies < due) problems.lost.push(describeNotification(row));
      if (copies > due) problems.duplicated.push(`${describeNotification(row)}: ${copies}`);
    }
  }
  for (const [key, group] of Map.groupBy(rows.filter(isSms), ({ reference, kind }) => `${reference} ${kind}`)) {
    const copies = accepted.countSms(group[0]?.reference ?? '', group[0]?.kind ?? '');
    const [sent, unknown] = ['sent', 'unknown'].map((wanted) => group.filter(({ status }) => status === wanted).length);
    if (copies < (sent ?? 0)) problems.lost.push(key);
    if (copies > (sent ?? 0) + (unknown ?? 0)) problems.duplicated.push(`${key}: ${copies}`);
    figures.smsUnknown = (figures.smsUnknown ?? 0) + (unknown ?? 0);
    figures.smsUnknownArrived = (figures.smsUnknownArrived ?? 0) + Math.max(0, copies - (sent ?? 0));
  }
  return { problems, figures };

  /** Returns whether the message was true and enabled at some moment within the tolerance. */
  function wasCorrect(row: CheckedNotification): boolean {
    const resolvedAt = row.resolvedAt ?? 0;
    return (
      listAppointmentStates(row).some((state) => isCorrect(row, state, resolvedAt - toleranceMilliseconds(row))) &&
      (!isPatient(row) || listPatientStates(row).some(acceptsMessage(row)))
    );
  }

  function isJustified(row: CheckedNotification): boolean {
    const resolvedAt = row.resolvedAt ?? 0;
    const addresses = listPatientStates(row).flatMap(
      ({ email, phone }) => (row.channel === 'sms' ? phone : email) ?? [],
    );
    switch (row.reason) {
      case 'no_address':
        return isPatient(row) && listPatientStates(row).some((state) => !acceptsMessage(row)(state));
      case 'reminders_off':
        return listPatientStates(row).some(({ notify_reminders }) => !notify_reminders);
      case 'address_blocked':
        return addresses.some(
          (address) => (blockedAddresses.get(address.toLowerCase()) ?? Number.POSITIVE_INFINITY) <= resolvedAt,
        );
      case 'no_longer_true':
        return listAppointmentStates(row).some((state) => !isCorrect(row, state, resolvedAt));
      case 'superseded':
        return rows.some(
          (later) =>
            later.appointmentId === row.appointmentId &&
            later.recipientId === row.recipientId &&
            later.channel === row.channel &&
            later.kind === 'appointment_rescheduled' &&
            later.version > row.version &&
            later.createdAt <= resolvedAt,
        );
      default:
        return false;
    }
  }

  function listAppointmentStates(row: CheckedNotification): (AppointmentState | undefined)[] {
    if (row.appointmentId === null) return [undefined];
    const resolvedAt = row.resolvedAt ?? 0;
    return listStatesBetween(
      history.appointments.get(row.appointmentId),
      resolvedAt - toleranceMilliseconds(row),
      resolvedAt,
    );
  }

  function listPatientStates(row: CheckedNotification): PatientState[] {
    const resolvedAt = row.resolvedAt ?? 0;
    return listStatesBetween(
      history.patients.get(row.recipientId),
      resolvedAt - toleranceMilliseconds(row),
      resolvedAt,
    );
  }
}

/** Returns whether the message is true for an appointment in that state at that instant. */
function isCorrect(row: CheckedNotification, state: AppointmentState | undefined, instant: number): boolean {
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

const isPatient = ({ recipient }: CheckedNotification) => recipient === 'patient';
const isSms = ({ channel }: CheckedNotification) => channel === 'sms';
const acceptsMessage = (row: Pick<CheckedNotification, 'channel' | 'kind'>) => (state: PatientState) =>
  (row.channel === 'sms'
    ? state.notify_by_sms && state.phone !== null
    : state.notify_by_email && state.email !== null) &&
  (row.kind !== 'appointment_reminder' || state.notify_reminders);

const describeNotification = ({ id, kind, recipient, channel, version, status, reason }: CheckedNotification) =>
  `${id} ${kind} ${recipient} ${channel} v${version} ${status} ${reason ?? ''}`;

async function readNotifications(owner: pg.Client): Promise<CheckedNotification[]> {
  const { rows } = await owner.query(`
    select n.id, n.kind, n.recipient, n.recipient_id as "recipientId", n.channel, n.appointment_id as "appointmentId", a.reference,
      n.version, n.status, n.reason, n.unknown_outcomes, n.start_time as "startTime", n.created_at as "createdAt", n.finished_at as "resolvedAt"
    from notifications n left join appointments a on a.id = n.appointment_id order by n.created_at, n.id`);
  return rows.map((row) => ({
    ...row,
    startTime: row.startTime?.getTime() ?? null,
    createdAt: row.createdAt.getTime(),
    resolvedAt: row.resolvedAt?.getTime() ?? null,
  }));
}

async function readBlockedAddresses(owner: pg.Client): Promise<Map<string, number>> {
  const { rows } = await owner.query<{ address: string; created_at: Date }>(
    'select address, created_at from blocked_addresses',
  );
  return new Map(rows.map(({ address, created_at }) => [address, created_at.getTime()]));
}
