import type pg from 'pg';
import { type AppointmentState, during, type History, type Past } from './notification-history.ts';
import type { JudgedNotification } from './notification-judge.ts';

interface Event {
  readonly kind: string;
  readonly at: number;
  readonly was: AppointmentState | undefined;
  readonly is: AppointmentState;
}

/**
 * Who had to be told of all that happened to appointments and accounts, by rules written here a second time: against the rows that there are, which of
 * those are missing and which are of nothing. Who changed doctor or wishes between the event and its planning may have been told or not.
 */
export async function expectedNotifications(owner: pg.Client, history: History, rows: readonly JudgedNotification[]) {
  const plannedAt = await readPlanned(owner);
  const clinics = await readToldClinics(owner);
  const must = new Set<string>();
  const may = new Set<string>();

  for (const past of history.appointments.values()) {
    for (const { kind, at, was, is } of eventsOf(past)) {
      const until = plannedAt.get(`${kind} ${is.id} ${is.version}`);
      if (until === undefined) must.add(`${is.id} ${kind}, which nobody planned`);
      const expect = (told: string, recipient: string, recipientId: string, channel: string, isSure: boolean) =>
        (isSure ? must : may).add(`${is.id} ${told} ${recipient} ${recipientId} ${channel} ${is.version}`);
      for (const [channel, wanted] of wishes(is.patient_id, at, until ?? at))
        if (channel === 'email' || kind !== 'appointment_completed')
          expect(kind, 'patient', is.patient_id, channel, wanted === 'always');
      const concernsStaff =
        ['appointment_booked', 'appointment_confirmed', 'appointment_rescheduled'].includes(kind) ||
        (kind === 'appointment_cancelled' && was?.status === 'booked');
      if (!concernsStaff) continue;
      if (clinics.has(is.clinic_id)) expect(kind, 'clinic', is.clinic_id, 'email', true);
      const doctors = new Set(
        during(past, at, until ?? at).flatMap((state) => (state.version >= is.version ? state.doctor_id : [])),
      );
      for (const doctor of doctors) expect(kind, 'doctor', doctor, 'email', doctors.size === 1);
      if (kind === 'appointment_rescheduled' && was && was.doctor_id !== is.doctor_id)
        expect('appointment_reassigned', 'doctor', was.doctor_id, 'email', !doctors.has(was.doctor_id));
      // Whoever had it in between is told of that, if it is another's when it is planned.
      else if (kind === 'appointment_rescheduled' && was && doctors.size > 1)
        expect('appointment_reassigned', 'doctor', was.doctor_id, 'email', false);
    }
  }
  for (const id of history.patients.keys()) {
    const [first] = history.patients.get(id) ?? [];
    const wanted = wishes(id, first?.at ?? 0, plannedAt.get(`account_created ${id}`) ?? 0).get('email');
    if (wanted) (wanted === 'always' ? must : may).add(`${id} account_created patient ${id} email 1`);
  }

  const planned = rows.filter(({ kind }) => kind !== 'appointment_reminder').map(keyOf);
  const found = new Set(planned);
  return {
    missing: [...must].filter((key) => !found.has(key)),
    unplanned: planned.filter((key) => !must.has(key) && !may.has(key)),
  };

  /** The channels that a patient wanted at some moment of that time, and whether at all of them. */
  function wishes(patientId: string, from: number, to: number): Map<string, 'always' | 'at times'> {
    const states = during(history.patients.get(patientId), from, to);
    const wished = (channel: string, wants: (state: (typeof states)[number]) => boolean) => {
      const wanting = states.filter(wants).length;
      return wanting === 0 ? [] : [[channel, wanting === states.length ? 'always' : 'at times'] as const];
    };
    return new Map([
      ...wished('email', ({ notify_by_email, email }) => notify_by_email && email !== null),
      ...wished('sms', ({ notify_by_sms, phone }) => notify_by_sms && phone !== null),
    ]);
  }
}

/** What happened, by what it was before and after. */
function eventsOf(past: readonly Past<AppointmentState>[]): Event[] {
  return past.flatMap(({ at, state: is }, place) => {
    const was = past[place - 1]?.state;
    const kind = nameOf(was, is);
    return kind ? [{ kind, at, was, is }] : [];
  });
}

function nameOf(was: AppointmentState | undefined, is: AppointmentState): string | undefined {
  if (!was) return is.status === 'pending' ? 'appointment_held' : 'appointment_booked';
  if (was.status === 'pending' && is.status === 'booked') return 'appointment_confirmed';
  if (was.status !== is.status) return is.status === 'no_show' ? undefined : `appointment_${is.status}`;
  const isMoved = was.start_time !== is.start_time || was.doctor_id !== is.doctor_id;
  return isMoved ? 'appointment_rescheduled' : undefined;
}

const keyOf = ({ kind, recipient, recipientId, channel, version, appointmentId }: JudgedNotification) =>
  `${appointmentId ?? recipientId} ${kind} ${recipient} ${recipientId} ${channel} ${version}`;

async function readPlanned(owner: pg.Client): Promise<Map<string, number>> {
  const { rows } = await owner.query<{ key: string; published_at: Date }>(
    `select concat_ws(' ', kind, coalesce(appointment_id, patient_id), case when appointment_id is not null then version end) as key, published_at
     from outbox where published_at is not null`,
  );
  return new Map(rows.map(({ key, published_at }) => [key, published_at.getTime()]));
}

async function readToldClinics(owner: pg.Client): Promise<Set<string>> {
  const { rows } = await owner.query<{ id: string }>('select id from clinics where notification_email is not null');
  return new Set(rows.map(({ id }) => id));
}
