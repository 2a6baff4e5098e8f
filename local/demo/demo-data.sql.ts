import type { Db } from '../../lambdas/shared/sql.ts';
import { DEMO_CLINICS, DEMO_DOCTORS } from './demo-clinics-and-accounts.ts';
import type { DemoLogin } from './demo-logins.ts';

/**
 * Inserts the demo clinics, their doctors and slots, and the rows of the demo accounts. Existing rows stay unchanged.
 * `db` must be the owner's connection.
 */
export async function insertDemoData(db: Db, logins: readonly DemoLogin[]): Promise<void> {
  await db.query(
    `insert into clinics (id, name, address, phone, currency, time_zone, notification_email, language)
     select id, name, address, phone, currency, "timeZone", "notificationEmail", language
     from jsonb_to_recordset($1::jsonb) as c (
       id uuid, name text, address text, phone text, currency text, "timeZone" text, "notificationEmail" text, language text)
     on conflict do nothing`,
    [JSON.stringify(DEMO_CLINICS)],
  );
  await db.query(
    `insert into doctors (id, clinic_id, name, email, specialization, fee_amount, experience_years)
     select id, "clinicId", name, email, specialization, "feeAmount", "experienceYears"
     from jsonb_to_recordset($1::jsonb) as d (
       id uuid, "clinicId" uuid, name text, email text, specialization text, "feeAmount" integer, "experienceYears" integer)
     on conflict do nothing`,
    [JSON.stringify(DEMO_DOCTORS)],
  );
  await insertAccounts(db, logins);
  await insertWorkingHoursAndSlots(db);
  await insertPastVisits(db, logins);
}

async function insertAccounts(db: Db, logins: readonly DemoLogin[]): Promise<void> {
  for (const login of logins) {
    const { role, sub, name, email } = login;
    if (role === 'admin') await insertAdmin(db, sub, name, email);
    if (role === 'patient') await insertPatient(db, login);
    if (role === 'doctor') await db.query('update doctors set cognito_sub = $1 where email = $2', [sub, email]);
  }
}

/** Registers a patient, and turns on SMS for a new one with a phone number. */
async function insertPatient(db: Db, { sub, name, email, phone }: DemoLogin): Promise<void> {
  const { rows } = await db.query('select from patients where cognito_sub = $1', [sub]);
  await db.query('select register_patient($1, $2, $3, $4)', [sub, name, email, phone]);
  if (rows.length === 0 && phone)
    await db.query('update patients set notify_by_sms = true where cognito_sub = $1', [sub]);
}

async function insertAdmin(db: Db, sub: string, name: string, email: string): Promise<void> {
  await db.query('select add_admin($1, $2, null)', [email, name]);
  // Not link_admin_login(), because a deleted user pool gives the account another sub.
  await db.query('update staff set cognito_sub = $1 where email = $2', [sub, email]);
}

/** Inserts working hours for each demo doctor without any: weekdays 9:00–12:00 and 13:00–17:00, clinic time. */
async function insertWorkingHoursAndSlots(db: Db): Promise<void> {
  await db.query(
    `insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, valid_from)
     select d.clinic_id, d.id, weekday, hours.opens, hours.closes, (clock() - interval '14 days')::date
     from doctors d, generate_series(1, 5) weekday, (values ('09:00'::time, '12:00'::time), ('13:00', '17:00')) hours (opens, closes)
     where d.id = any ($1::uuid[]) and not exists (select from working_hours w where w.doctor_id = d.id)`,
    [DEMO_DOCTORS.map((doctor) => doctor.id)],
  );
  await db.query(`select plan_doctor(id, 'demo data') from unnest($1::uuid[]) id`, [
    DEMO_DOCTORS.map((doctor) => doctor.id),
  ]);
}

/** Inserts a past visit at the first clinic for each patient without appointments, so that its staff can act for the patient. */
async function insertPastVisits(db: Db, logins: readonly DemoLogin[]): Promise<void> {
  await db.query(
    `with visits as (
       select p.id as patient_id, gen_random_uuid() as slot_id, gen_random_uuid() as appointment_id,
         date_trunc('day', clock()) - interval '7 days' + make_interval(hours => 9 + row_number() over (order by p.email)::int) as start_time
       from patients p
       where p.cognito_sub = any ($3::text[]) and not exists (select from appointments a where a.patient_id = p.id)
     ), slots as (
       insert into availability_slots (id, clinic_id, doctor_id, start_time, end_time, status)
       select slot_id, $1::uuid, $2::uuid, start_time, start_time + interval '30 minutes', 'booked' from visits
     ), booked as (
       insert into appointments (id, clinic_id, doctor_id, patient_id, status, start_time, end_time, slot_count)
       select appointment_id, $1::uuid, $2::uuid, patient_id, 'completed', start_time, start_time + interval '30 minutes', 1 from visits
     )
     insert into appointment_slots (appointment_id, slot_id) select appointment_id, slot_id from visits`,
    [DEMO_CLINICS[0].id, DEMO_DOCTORS[0]?.id, logins.map((login) => login.sub)],
  );
}
