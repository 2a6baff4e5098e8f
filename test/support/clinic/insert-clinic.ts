import { randomUUID } from 'node:crypto';
import type { Db } from '../../../lambdas/shared/sql.ts';

const MINUTE = 60_000;

interface ClinicOptions {
  readonly doctors?: number;
  readonly timeZone?: string;
  readonly noticeMinutes?: number;
  readonly horizonDays?: number;
  readonly cancellationCutoffMinutes?: number;
  readonly holdSeconds?: number;
  readonly holdsPerPatient?: number;
  readonly appointmentsPerPatient?: number;
  readonly noShowsPerPatient?: number;
}

export interface TestClinic {
  readonly clinicId: string;
  readonly doctorIds: readonly string[];
}

/**
 * Inserts a clinic with lenient booking limits and doctors without slots. The Cognito sub of a doctor is `doctor-<id>`.
 * `db` is the owner's connection.
 */
export async function insertClinic(db: Db, options: ClinicOptions = {}): Promise<TestClinic> {
  const { doctors = 1, timeZone = 'UTC', noticeMinutes = 0, horizonDays = 60, cancellationCutoffMinutes = 0 } = options;
  const { holdSeconds = 120, holdsPerPatient = 20, appointmentsPerPatient = 100, noShowsPerPatient = 100 } = options;
  const clinicId = randomUUID();
  await db.query(
    `insert into clinics (id, name, address, phone, currency, time_zone, notice_minutes, horizon_days, cancellation_cutoff_minutes,
       hold_seconds, holds_per_patient, appointments_per_patient, no_shows_per_patient)
     values ($1, 'Clinic', 'Street 1', '+351210000000', 'EUR', $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      clinicId,
      timeZone,
      noticeMinutes,
      horizonDays,
      cancellationCutoffMinutes,
      holdSeconds,
      holdsPerPatient,
      appointmentsPerPatient,
      noShowsPerPatient,
    ],
  );
  const doctorIds = Array.from({ length: doctors }, () => randomUUID());
  await db.query(
    `insert into doctors (id, clinic_id, cognito_sub, name, email, specialization)
     select id, $2, 'doctor-' || id, 'Doctor ' || id, id || '@example.com', 'Cardiology' from unnest($1::uuid[]) id`,
    [doctorIds, clinicId],
  );
  return { clinicId, doctorIds };
}

/** Returns 09:00 UTC in `days` days, plus a number of half hours. */
export function startTimeInDays(days: number, halfHours = 0): Date {
  const today = new Date();
  return new Date(
    Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + days, 9) + halfHours * 30 * MINUTE,
  );
}

/** Inserts `count` consecutive free half-hour slots for each doctor, from `start` on. Returns their ids, ordered by doctor and start time. */
export async function insertSlots(
  db: Db,
  { clinicId, doctorIds }: TestClinic,
  start: Date,
  count = 1,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `insert into availability_slots (clinic_id, doctor_id, start_time, end_time)
     select $1, doctor.id, $3::timestamptz + n * interval '30 minutes', $3::timestamptz + (n + 1) * interval '30 minutes'
     from unnest($2::uuid[]) with ordinality as doctor (id, place), generate_series(0, $4::int - 1) n
     order by doctor.place, n
     returning id`,
    [clinicId, doctorIds, start, count],
  );
  return rows.map((row) => row.id);
}

/** Inserts patients with logins. Returns their Cognito subs, which identify them in bookings. */
export async function insertPatients(db: Db, count: number): Promise<string[]> {
  const { rows } = await db.query<{ sub: string }>(
    `insert into patients (cognito_sub, name, email)
     select sub, 'Patient', sub || '@example.com' from (select gen_random_uuid()::text as sub from generate_series(1, $1::int)) subs
     returning cognito_sub as sub`,
    [count],
  );
  return rows.map((row) => row.sub);
}

/** Inserts an admin of a clinic or, without one, of the platform. Returns the Cognito sub. */
export async function insertAdmin(db: Db, clinicId: string | null = null): Promise<string> {
  const sub = randomUUID();
  await db.query(
    `insert into staff (clinic_id, cognito_sub, name, email) values ($1, $2, 'Admin', $2 || '@example.com')`,
    [clinicId, sub],
  );
  return sub;
}
