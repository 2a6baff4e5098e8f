import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { insertClinic } from '../clinic/insert-clinic.ts';
import type { Random } from '../random.ts';
import { createReminderRules, MINUTE, type ReminderPolicy } from './expected-reminders.ts';

/** An appointment with possible reminders; each has a different patient. Instants are epoch milliseconds. */
export interface AppointmentToRemind {
  readonly id: string;
  readonly clinic: ReminderPolicy & { readonly clinicId: string; readonly doctorId: string };
  readonly start: number;
  /** When its reminder is due by the rules. */
  readonly dueTime: number;
  readonly scheduledAt: number;
  readonly status: 'booked' | 'cancelled';
  readonly wantsEmail: boolean;
  readonly wantsSms: boolean;
  readonly wantsReminders: boolean;
}

const toMinutes = (time: number) => time * 60;
const DAY_BEFORE = { quietFrom: toMinutes(21), quietTo: toMinutes(8), leadMinutes: 1440 };
const CLINICS: readonly ReminderPolicy[] = [
  { timeZone: 'Europe/Lisbon', ...DAY_BEFORE },
  { timeZone: 'Europe/Berlin', ...DAY_BEFORE, quietFrom: toMinutes(22.5), quietTo: toMinutes(6.25) },
  { timeZone: 'America/New_York', ...DAY_BEFORE },
  { timeZone: 'America/Sao_Paulo', ...DAY_BEFORE, leadMinutes: 720 },
  { timeZone: 'Asia/Kolkata', ...DAY_BEFORE, leadMinutes: 480 },
  { timeZone: 'Australia/Sydney', ...DAY_BEFORE },
  // Its daylight saving offset is half an hour.
  { timeZone: 'Australia/Lord_Howe', ...DAY_BEFORE },
  { timeZone: 'Pacific/Apia', ...DAY_BEFORE, leadMinutes: 2880 },
  { timeZone: 'UTC', ...DAY_BEFORE, quietFrom: 0, quietTo: 0, leadMinutes: 60 },
];
const GRID = 5 * MINUTE;

/** Inserts appointments that start between these instants, at any hour, in clinics in many time zones. */
export async function insertAppointmentsToRemind(
  owner: pg.Client,
  random: Random,
  count: number,
  from: number,
  to: number,
): Promise<AppointmentToRemind[]> {
  const clinics = await Promise.all(CLINICS.map((clinic) => ({ clinic, rules: createReminderRules(clinic) })));
  const insertedClinics: { clinic: AppointmentToRemind['clinic']; rules: ReturnType<typeof createReminderRules> }[] =
    [];
  for (const { clinic, rules } of clinics)
    insertedClinics.push({ clinic: await insertClinicWithReminders(owner, clinic), rules });
  const appointments = Array.from({ length: count }, (): AppointmentToRemind => {
    const { clinic, rules } = random.pick(insertedClinics);
    const start = from + random.integer(0, (to - from) / GRID) * GRID;
    const dueTime = rules.computeDueTime(start);
    const isLate = random.boolean(0.05);
    const wantsSms = random.boolean(0.3);
    return {
      id: randomUUID(),
      clinic,
      start,
      dueTime,
      scheduledAt: isLate ? dueTime + random.integer(0, 3) * GRID : dueTime - random.integer(1, 20_000) * MINUTE,
      status: random.boolean(0.03) ? 'cancelled' : 'booked',
      wantsEmail: !wantsSms || random.boolean(0.4),
      wantsSms,
      wantsReminders: random.boolean(0.95),
    };
  });
  await insertAll(owner, appointments);
  return appointments;
}

async function insertClinicWithReminders(
  owner: pg.Client,
  clinic: ReminderPolicy,
): Promise<AppointmentToRemind['clinic']> {
  const { clinicId, doctorIds } = await insertClinic(owner, { timeZone: clinic.timeZone });
  await owner.query(
    `update clinics set reminder_minutes = array[$2::int], quiet_from = '0:00'::time + make_interval(mins => $3), quiet_to = '0:00'::time + make_interval(mins => $4)
     where id = $1`,
    [clinicId, clinic.leadMinutes, clinic.quietFrom, clinic.quietTo],
  );
  return { ...clinic, clinicId, doctorId: doctorIds[0] ?? '' };
}

/** Inserts all rows directly, because booking them one by one would take too long. A patient has the id of its appointment. */
async function insertAll(owner: pg.Client, appointments: readonly AppointmentToRemind[]): Promise<void> {
  const toColumn = <T>(of: (one: AppointmentToRemind, place: number) => T) => appointments.map(of);
  await owner.query(
    `insert into patients (id, cognito_sub, name, email, phone, notify_by_email, notify_by_sms, notify_reminders)
     select id, id, 'Patient', id || '@example.com', phone, email, sms, reminders
     from unnest($1::uuid[], $2::text[], $3::boolean[], $4::boolean[], $5::boolean[]) as new (id, phone, email, sms, reminders)`,
    [
      toColumn(({ id }) => id),
      toColumn((_, place) => `+35191${String(place).padStart(7, '0')}`),
      toColumn(({ wantsEmail }) => wantsEmail),
      toColumn(({ wantsSms }) => wantsSms),
      toColumn(({ wantsReminders }) => wantsReminders),
    ],
  );
  await owner.query(
    `insert into appointments (id, patient_id, clinic_id, doctor_id, status, cancelled_by, start_time, end_time, slot_count, scheduled_at)
     select id, id, clinic_id, doctor_id, status, case status when 'cancelled' then 'clinic' end, start_time, start_time + interval '30 minutes', 1, scheduled_at
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[])
       as new (id, clinic_id, doctor_id, status, start_time, scheduled_at)`,
    [
      toColumn(({ id }) => id),
      toColumn(({ clinic }) => clinic.clinicId),
      toColumn(({ clinic }) => clinic.doctorId),
      toColumn(({ status }) => status),
      toColumn(({ start }) => new Date(start)),
      toColumn(({ scheduledAt }) => new Date(scheduledAt)),
    ],
  );
}
