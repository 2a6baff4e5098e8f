import type pg from 'pg';
import type { CheckedNotification } from './check-notifications.ts';
import { type AppointmentState, listStatesBetween, type PastState, type StateHistory } from './state-history.ts';

interface AppointmentEvent {
  readonly kind: string;
  readonly at: number;
  readonly before: AppointmentState | undefined;
  readonly after: AppointmentState;
}

/**
 * Computes the expected notifications from the history with a second implementation of the rules, and returns the missing and the unexpected
 * rows. If the doctor or the preferences changed between an event and its planning, a notification is optional.
 */
export async function computeExpectedNotifications(
  owner: pg.Client,
  history: StateHistory,
  rows: readonly CheckedNotification[],
) {
  const plannedTimes = await readPlannedTimes(owner);
  const clinics = await readNotifiedClinics(owner);
  const required = new Set<string>();
  const optional = new Set<string>();

  for (const pastStates of history.appointments.values()) {
    for (const { kind, at, before, after } of toEvents(pastStates)) {
      const until = plannedTimes.get(`${kind} ${after.id} ${after.version}`);
      if (until === undefined) required.add(`${after.id} ${kind}, which was not planned`);
      const addExpected = (
        notificationKind: string,
        recipient: string,
        recipientId: string,
        channel: string,
        isRequired: boolean,
      ) =>
        (isRequired ? required : optional).add(
          `${after.id} ${notificationKind} ${recipient} ${recipientId} ${channel} ${after.version}`,
        );
      for (const [channel, wanted] of listWantedChannels(after.patient_id, at, until ?? at))
        if (channel === 'email' || kind !== 'appointment_completed')
          addExpected(kind, 'patient', after.patient_id, channel, wanted === 'always');
      const notifiesStaff =
        ['appointment_booked', 'appointment_confirmed', 'appointment_rescheduled'].includes(kind) ||
        (kind === 'appointment_cancelled' && before?.status === 'booked');
      if (!notifiesStaff) continue;
      if (clinics.has(after.clinic_id)) addExpected(kind, 'clinic', after.clinic_id, 'email', true);
      const doctors = new Set(
        listStatesBetween(pastStates, at, until ?? at).flatMap((state) =>
          state.version >= after.version ? state.doctor_id : [],
        ),
      );
      for (const doctor of doctors) addExpected(kind, 'doctor', doctor, 'email', doctors.size === 1);
      if (kind === 'appointment_rescheduled' && before && before.doctor_id !== after.doctor_id)
        addExpected('appointment_reassigned', 'doctor', before.doctor_id, 'email', !doctors.has(before.doctor_id));
      // If the doctor changed again before planning, the notification of the former doctor is optional.
      else if (kind === 'appointment_rescheduled' && before && doctors.size > 1)
        addExpected('appointment_reassigned', 'doctor', before.doctor_id, 'email', false);
    }
  }
  for (const id of history.patients.keys()) {
    const [first] = history.patients.get(id) ?? [];
    const wanted = listWantedChannels(id, first?.at ?? 0, plannedTimes.get(`account_created ${id}`) ?? 0).get('email');
    if (wanted) (wanted === 'always' ? required : optional).add(`${id} account_created patient ${id} email 1`);
  }

  const plannedKeys = rows.filter(({ kind }) => kind !== 'appointment_reminder').map(toKey);
  const plannedSet = new Set(plannedKeys);
  return {
    missing: [...required].filter((key) => !plannedSet.has(key)),
    unplanned: plannedKeys.filter((key) => !required.has(key) && !optional.has(key)),
  };

  /** Returns the channels that a patient had enabled in that period, and whether always or only at times. */
  function listWantedChannels(patientId: string, from: number, to: number): Map<string, 'always' | 'at times'> {
    const states = listStatesBetween(history.patients.get(patientId), from, to);
    const toEntry = (channel: string, wants: (state: (typeof states)[number]) => boolean) => {
      const wantingCount = states.filter(wants).length;
      return wantingCount === 0 ? [] : [[channel, wantingCount === states.length ? 'always' : 'at times'] as const];
    };
    return new Map([
      ...toEntry('email', ({ notify_by_email, email }) => notify_by_email && email !== null),
      ...toEntry('sms', ({ notify_by_sms, phone }) => notify_by_sms && phone !== null),
    ]);
  }
}

/** Derives the events of an appointment from its consecutive states. */
function toEvents(pastStates: readonly PastState<AppointmentState>[]): AppointmentEvent[] {
  return pastStates.flatMap(({ at, state: after }, place) => {
    const before = pastStates[place - 1]?.state;
    const kind = findEventKind(before, after);
    return kind ? [{ kind, at, before, after }] : [];
  });
}

function findEventKind(before: AppointmentState | undefined, after: AppointmentState): string | undefined {
  if (!before) return after.status === 'pending' ? 'appointment_held' : 'appointment_booked';
  if (before.status === 'pending' && after.status === 'booked') return 'appointment_confirmed';
  if (before.status !== after.status) return after.status === 'no_show' ? undefined : `appointment_${after.status}`;
  const isMoved = before.start_time !== after.start_time || before.doctor_id !== after.doctor_id;
  return isMoved ? 'appointment_rescheduled' : undefined;
}

const toKey = ({ kind, recipient, recipientId, channel, version, appointmentId }: CheckedNotification) =>
  `${appointmentId ?? recipientId} ${kind} ${recipient} ${recipientId} ${channel} ${version}`;

async function readPlannedTimes(owner: pg.Client): Promise<Map<string, number>> {
  const { rows } = await owner.query<{ key: string; published_at: Date }>(
    `select concat_ws(' ', kind, coalesce(appointment_id, patient_id), case when appointment_id is not null then version end) as key, published_at
     from outbox where published_at is not null`,
  );
  return new Map(rows.map(({ key, published_at }) => [key, published_at.getTime()]));
}

async function readNotifiedClinics(owner: pg.Client): Promise<Set<string>> {
  const { rows } = await owner.query<{ id: string }>('select id from clinics where notification_email is not null');
  return new Set(rows.map(({ id }) => id));
}
