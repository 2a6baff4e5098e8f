import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Chance } from './chance.ts';
import { insertClinic } from './clinic.ts';
import { MINUTE, type RemindingClinic, remindersOf } from './reminder-rules.ts';

/** An appointment that somebody may have to be reminded of, each of a patient of its own. Instants are milliseconds. */
export interface Remindable {
  readonly id: string;
  readonly clinic: RemindingClinic & { readonly clinicId: string; readonly doctorId: string };
  readonly start: number;
  /** When it is due by the rule. */
  readonly due: number;
  readonly scheduledAt: number;
  readonly status: 'booked' | 'cancelled';
  readonly wantsEmail: boolean;
  readonly wantsSms: boolean;
  readonly wantsReminders: boolean;
}

const hours = (time: number) => time * 60;
const DAY = { quietFrom: hours(21), quietTo: hours(8), leadMinutes: 1440 };
const CLINICS: readonly RemindingClinic[] = [
  { timeZone: 'Europe/Lisbon', ...DAY },
  { timeZone: 'Europe/Berlin', ...DAY, quietFrom: hours(22.5), quietTo: hours(6.25) },
  { timeZone: 'America/New_York', ...DAY },
  { timeZone: 'America/Sao_Paulo', ...DAY, leadMinutes: 720 },
  { timeZone: 'Asia/Kolkata', ...DAY, leadMinutes: 480 },
  { timeZone: 'Australia/Sydney', ...DAY },
  // Its clocks change by half an hour.
  { timeZone: 'Australia/Lord_Howe', ...DAY },
  { timeZone: 'Pacific/Apia', ...DAY, leadMinutes: 2880 },
  { timeZone: 'UTC', ...DAY, quietFrom: 0, quietTo: 0, leadMinutes: 60 },
];
const GRID = 5 * MINUTE;

/** So many appointments that begin between these instants, at any hour, in clinics all over the world. */
export async function insertRemindables(
  owner: pg.Client,
  chance: Chance,
  count: number,
  from: number,
  to: number,
): Promise<Remindable[]> {
  const clinics = await Promise.all(CLINICS.map((clinic) => ({ clinic, rules: remindersOf(clinic) })));
  const inserted: { clinic: Remindable['clinic']; rules: ReturnType<typeof remindersOf> }[] = [];
  for (const { clinic, rules } of clinics) inserted.push({ clinic: await insertReminding(owner, clinic), rules });
  const remindables = Array.from({ length: count }, (): Remindable => {
    const { clinic, rules } = chance.of(inserted);
    const start = from + chance.whole(0, (to - from) / GRID) * GRID;
    const due = rules.due(start);
    const isLate = chance.is(0.05);
    const wantsSms = chance.is(0.3);
    return {
      id: randomUUID(),
      clinic,
      start,
      due,
      scheduledAt: isLate ? due + chance.whole(0, 3) * GRID : due - chance.whole(1, 20_000) * MINUTE,
      status: chance.is(0.03) ? 'cancelled' : 'booked',
      wantsEmail: !wantsSms || chance.is(0.4),
      wantsSms,
      wantsReminders: chance.is(0.95),
    };
  });
  await insertAll(owner, remindables);
  return remindables;
}

async function insertReminding(owner: pg.Client, clinic: RemindingClinic): Promise<Remindable['clinic']> {
  const { clinicId, doctorIds } = await insertClinic(owner, { timeZone: clinic.timeZone });
  await owner.query(
    `update clinics set reminder_minutes = array[$2::int], quiet_from = '0:00'::time + make_interval(mins => $3), quiet_to = '0:00'::time + make_interval(mins => $4)
     where id = $1`,
    [clinicId, clinic.leadMinutes, clinic.quietFrom, clinic.quietTo],
  );
  return { ...clinic, clinicId, doctorId: doctorIds[0] ?? '' };
}

/** At once, and past the functions: there are too many to book them one by one. The patient of an appointment has its id. */
async function insertAll(owner: pg.Client, remindables: readonly Remindable[]): Promise<void> {
  const column = <T>(of: (one: Remindable, place: number) => T) => remindables.map(of);
  await owner.query(
    `insert into patients (id, cognito_sub, name, email, phone, notify_by_email, notify_by_sms, notify_reminders)
     select id, id, 'Patient', id || '@example.com', phone, email, sms, reminders
     from unnest($1::uuid[], $2::text[], $3::boolean[], $4::boolean[], $5::boolean[]) as new (id, phone, email, sms, reminders)`,
    [
      column(({ id }) => id),
      column((_, place) => `+35191${String(place).padStart(7, '0')}`),
      column(({ wantsEmail }) => wantsEmail),
      column(({ wantsSms }) => wantsSms),
      column(({ wantsReminders }) => wantsReminders),
    ],
  );
  await owner.query(
    `insert into appointments (id, patient_id, clinic_id, doctor_id, status, cancelled_by, start_time, end_time, slot_count, scheduled_at)
     select id, id, clinic_id, doctor_id, status, case status when 'cancelled' then 'clinic' end, start_time, start_time + interval '30 minutes', 1, scheduled_at
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[])
       as new (id, clinic_id, doctor_id, status, start_time, scheduled_at)`,
    [
      column(({ id }) => id),
      column(({ clinic }) => clinic.clinicId),
      column(({ clinic }) => clinic.doctorId),
      column(({ status }) => status),
      column(({ start }) => new Date(start)),
      column(({ scheduledAt }) => new Date(scheduledAt)),
    ],
  );
}
