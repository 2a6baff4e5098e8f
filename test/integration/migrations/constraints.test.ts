import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClinic } from '../../../lambdas/clinics/clinics.sql.ts';
import { insertAdmin, insertClinic, insertPatients } from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

let database: TestDatabase;
let owner: pg.Client;
let ids: { clinic: string; otherClinic: string; doctor: string; patient: string };

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  const clinic = await insertClinic(owner);
  const other = await insertClinic(owner);
  const [sub] = await insertPatients(owner, 1);
  const { rows } = await owner.query('select id from patients where cognito_sub = $1', [sub]);
  ids = {
    clinic: clinic.clinicId,
    otherClinic: other.clinicId,
    doctor: clinic.doctorIds[0] ?? '',
    patient: rows[0].id,
  };
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

// Each test runs in a transaction that is rolled back, so it sees only its own rows.
beforeEach(() => owner.query('begin'));
afterEach(() => owner.query('rollback'));

type Columns = Readonly<Record<string, unknown>>;

async function insertRow(table: string, columns: Columns): Promise<string> {
  const names = Object.keys(columns);
  const places = names.map((_, index) => `$${index + 1}`);
  const { rows } = await owner.query(
    `insert into ${table} (${names.join(', ')}) values (${places.join(', ')}) returning ${table}::text as row, to_jsonb(${table}) ->> 'id' as id`,
    Object.values(columns),
  );
  return rows[0].id;
}

const updateRow = (table: string, id: string, set: string) =>
  owner.query(`update ${table} set ${set} where id = $1`, [id]);

/** Returns the name of the constraint that a change violates, or `accepted`. */
async function findViolatedConstraint(change: () => Promise<unknown>): Promise<string> {
  await owner.query('savepoint attempt');
  const outcome = await change().then(
    () => 'accepted',
    (error: unknown) => {
      if (error instanceof pg.DatabaseError) return error.constraint ?? `${error.code}: ${error.message}`;
      throw error;
    },
  );
  if (outcome !== 'accepted') await owner.query('rollback to attempt');
  return outcome;
}

const insertClinicRow = (columns: Columns = {}) =>
  insertRow('clinics', {
    name: 'C',
    address: 'A',
    phone: '+351210000000',
    currency: 'EUR',
    time_zone: 'UTC',
    ...columns,
  });
const insertDoctorRow = (columns: Columns = {}) =>
  insertRow('doctors', {
    clinic_id: ids.clinic,
    name: 'D',
    email: `${randomUUID()}@example.com`,
    specialization: 'S',
    ...columns,
  });
const insertPatientRow = (columns: Columns = {}) =>
  insertRow('patients', { cognito_sub: randomUUID(), name: 'P', ...columns });
const insertStaffRow = (columns: Columns = {}) =>
  insertRow('staff', { cognito_sub: randomUUID(), name: 'S', email: `${randomUUID()}@example.com`, ...columns });
const insertHoursRow = (columns: Columns = {}) =>
  insertRow('working_hours', {
    clinic_id: ids.clinic,
    doctor_id: ids.doctor,
    weekday: 1,
    start_time: '09:00',
    end_time: '12:00',
    valid_from: '2030-01-01',
    ...columns,
  });
const instantAt = (time: string) => `2030-01-07T${time}:00Z`;
const insertSlotRow = (columns: Columns = {}) =>
  insertRow('availability_slots', {
    clinic_id: ids.clinic,
    doctor_id: ids.doctor,
    start_time: instantAt('09:00'),
    end_time: instantAt('09:30'),
    ...columns,
  });
const insertAppointmentRow = (columns: Columns = {}) =>
  insertRow('appointments', {
    id: randomUUID(),
    clinic_id: ids.clinic,
    doctor_id: ids.doctor,
    patient_id: ids.patient,
    status: 'booked',
    start_time: instantAt('09:00'),
    end_time: instantAt('09:30'),
    slot_count: 1,
    ...columns,
  });
const insertClaimRow = (columns: Columns) => insertRow('appointment_slots', columns);

type Case = readonly [description: string, constraint: string, insertion: () => Promise<unknown>];

const unknownId = randomUUID();

describe('a single row is refused', () => {
  it.each<Case>([
    ['a currency in lower case', 'clinics_currency', () => insertClinicRow({ currency: 'eur' })],
    ['a slot that is too short', 'clinics_slot_minutes', () => insertClinicRow({ slot_minutes: 4 })],
    ['a slot longer than four hours', 'clinics_slot_minutes', () => insertClinicRow({ slot_minutes: 241 })],
    ['a negative notice', 'clinics_notice', () => insertClinicRow({ notice_minutes: -1 })],
    ['a horizon of zero days', 'clinics_horizon', () => insertClinicRow({ horizon_days: 0 })],
    ['a horizon of more than a year', 'clinics_horizon', () => insertClinicRow({ horizon_days: 367 })],
    ['a negative cut-off', 'clinics_cancellation_cutoff', () => insertClinicRow({ cancellation_cutoff_minutes: -1 })],
    ['a hold that is too short', 'clinics_hold', () => insertClinicRow({ hold_seconds: 29 })],
    ['a negative fee', 'doctors_fee', () => insertDoctorRow({ fee_amount: -1 })],
    ['more than 80 years of experience', 'doctors_experience', () => insertDoctorRow({ experience_years: 81 })],
    ['a doctor of an unknown clinic', 'doctors_clinic', () => insertDoctorRow({ clinic_id: unknownId })],
    ['a patient with neither a login nor a clinic', 'patients_origin', () => insertPatientRow({ cognito_sub: null })],
    ['a patient of an unknown clinic', 'patients_clinic', () => insertPatientRow({ clinic_id: unknownId })],
    ['an admin of an unknown clinic', 'staff_clinic', () => insertStaffRow({ clinic_id: unknownId })],
    ['an eighth weekday', 'working_hours_weekday', () => insertHoursRow({ weekday: 8 })],
    ['closing before opening', 'working_hours_times', () => insertHoursRow({ end_time: '09:00' })],
    ['a capacity of zero', 'working_hours_capacity', () => insertHoursRow({ capacity: 0 })],
    ['a validity that ends when it begins', 'working_hours_validity', () => insertHoursRow({ valid_to: '2030-01-01' })],
    [
      "hours at another clinic than the doctor's",
      'working_hours_doctor',
      () => insertHoursRow({ clinic_id: ids.otherClinic }),
    ],
    ['a slot without length', 'availability_slots_times', () => insertSlotRow({ end_time: instantAt('09:00') })],
    ['a seat zero', 'availability_slots_seat', () => insertSlotRow({ seat: 0 })],
    ['a slot of an unknown status', 'availability_slots_status', () => insertSlotRow({ status: 'gone' })],
    [
      'a slot with the status booked when it is released',
      'availability_slots_status_when_released',
      () => insertSlotRow({ status: 'booked', status_when_released: 'booked' }),
    ],
    [
      'a free slot with another status when it is released',
      'availability_slots_free_is_offered',
      () => insertSlotRow({ status_when_released: 'blocked' }),
    ],
    [
      'a held slot without the end of its hold',
      'availability_slots_held_until',
      () => insertSlotRow({ status: 'held' }),
    ],
    [
      'a free slot with the end of a hold',
      'availability_slots_held_until',
      () => insertSlotRow({ held_until: instantAt('08:00') }),
    ],
    [
      "a slot at another clinic than the doctor's",
      'availability_slots_doctor',
      () => insertSlotRow({ clinic_id: ids.otherClinic }),
    ],
    ['an appointment of an unknown status', 'appointments_status', () => insertAppointmentRow({ status: 'gone' })],
    ['an appointment of an unknown type', 'appointments_type', () => insertAppointmentRow({ type: 'telepathy' })],
    [
      'an appointment without length',
      'appointments_times',
      () => insertAppointmentRow({ end_time: instantAt('09:00') }),
    ],
    ['an appointment of zero slots', 'appointments_slot_count', () => insertAppointmentRow({ slot_count: 0 })],
    [
      'a pending appointment without an expiry',
      'appointments_expires_at',
      () => insertAppointmentRow({ status: 'pending' }),
    ],
    [
      'a cancelled appointment without cancelled_by',
      'appointments_cancelled_by',
      () => insertAppointmentRow({ status: 'cancelled' }),
    ],
    [
      'an appointment cancelled by an unknown kind of actor',
      'appointments_cancelled_by',
      () => insertAppointmentRow({ status: 'cancelled', cancelled_by: 'rival' }),
    ],
    [
      'a booked appointment with cancelled_by',
      'appointments_cancelled_by',
      () => insertAppointmentRow({ cancelled_by: 'patient' }),
    ],
    [
      "an appointment at another clinic than the doctor's",
      'appointments_doctor',
      () => insertAppointmentRow({ clinic_id: ids.otherClinic }),
    ],
    [
      'an appointment of an unknown patient',
      'appointments_patient',
      () => insertAppointmentRow({ patient_id: unknownId }),
    ],
    [
      'a claim of an unknown appointment',
      'appointment_slots_appointment',
      async () => insertClaimRow({ appointment_id: unknownId, slot_id: await insertSlotRow() }),
    ],
    [
      'a claim on an unknown slot',
      'appointment_slots_slot',
      async () => insertClaimRow({ appointment_id: await insertAppointmentRow(), slot_id: unknownId }),
    ],
  ])('%s: %s', async (_description, constraint, insertion) => {
    expect(await findViolatedConstraint(insertion)).toBe(constraint);
  });
});

describe('a pair of rows is refused', () => {
  it.each<Case>([
    [
      'the same login for two doctors',
      'doctors_cognito_sub',
      () => insertTwice(() => insertDoctorRow({ cognito_sub: 'same' })),
    ],
    [
      'the same address for two doctors',
      'doctors_email',
      async () => [await insertDoctorRow({ email: 'a@x.com' }), await insertDoctorRow({ email: 'A@X.com' })],
    ],
    [
      'the same login for two patients',
      'patients_cognito_sub',
      () => insertTwice(() => insertPatientRow({ cognito_sub: 'same' })),
    ],
    [
      'the same login for two admins',
      'staff_cognito_sub',
      () => insertTwice(() => insertStaffRow({ cognito_sub: 'same' })),
    ],
    [
      'the same address for two admins',
      'staff_email',
      async () => [await insertStaffRow({ email: 'a@x.com' }), await insertStaffRow({ email: 'A@X.com' })],
    ],
    [
      'overlapping working hours',
      'working_hours_no_overlap',
      async () => [await insertHoursRow(), await insertHoursRow({ start_time: '11:59', end_time: '13:00' })],
    ],
    ['the same slot', 'availability_slots_no_overlap', () => insertTwice(() => insertSlotRow())],
    ['the same start, without the constraint on overlaps', 'availability_slots_one_per_start', insertSameStart],
    [
      'overlapping slots',
      'availability_slots_no_overlap',
      async () => [await insertSlotRow(), await insertSlotRow({ start_time: instantAt('09:29') })].length,
    ],
    ['two active claims', 'appointment_slots_one_active_claim', insertTwoClaims],
    [
      'overlapping appointments of a patient',
      'appointments_no_overlap',
      () => insertTwice(() => insertAppointmentRow()),
    ],
    [
      'a hold that overlaps an appointment of the patient',
      'appointments_no_overlap',
      async () => [
        await insertAppointmentRow(),
        await insertAppointmentRow({ status: 'pending', expires_at: instantAt('08:00'), end_time: instantAt('11:00') }),
      ],
    ],
  ])('%s: %s', async (_description, constraint, insertion) => {
    expect(await findViolatedConstraint(insertion)).toBe(constraint);
  });

  async function insertTwice(insertion: () => Promise<unknown>): Promise<void> {
    await insertion();
    await insertion();
  }

  async function insertSameStart(): Promise<void> {
    await owner.query('alter table availability_slots drop constraint availability_slots_no_overlap');
    await insertTwice(() => insertSlotRow());
  }

  async function insertTwoClaims(): Promise<void> {
    const slotId = await insertSlotRow();
    const other = await insertPatientRow();
    await insertClaimRow({ slot_id: slotId, appointment_id: await insertAppointmentRow() });
    await insertClaimRow({ slot_id: slotId, appointment_id: await insertAppointmentRow({ patient_id: other }) });
  }
});

describe('a pair of rows is accepted', () => {
  it.each<readonly [string, () => Promise<unknown>]>([
    [
      'adjacent slots',
      async () => [
        await insertSlotRow(),
        await insertSlotRow({ start_time: instantAt('09:30'), end_time: instantAt('10:00') }),
      ],
    ],
    ['two seats at the same time', async () => [await insertSlotRow(), await insertSlotRow({ seat: 2 })]],
    [
      'a slot in place of a withdrawn one',
      async () => [
        await insertSlotRow({ status: 'withdrawn', status_when_released: 'withdrawn' }),
        await insertSlotRow(),
      ],
    ],
    [
      'two withdrawn slots',
      async () => {
        for (const end of ['09:30', '10:00'])
          await insertSlotRow({ status: 'withdrawn', status_when_released: 'withdrawn', end_time: instantAt(end) });
      },
    ],
    [
      'adjacent appointments',
      async () => [
        await insertAppointmentRow(),
        await insertAppointmentRow({ start_time: instantAt('09:30'), end_time: instantAt('10:00') }),
      ],
    ],
    [
      'a new appointment in place of a cancelled, expired or completed one',
      async () => {
        await insertAppointmentRow({ status: 'cancelled', cancelled_by: 'clinic' });
        await insertAppointmentRow({ status: 'expired' });
        await insertAppointmentRow({ status: 'completed' });
        await insertAppointmentRow();
      },
    ],
    [
      'an active claim beside inactive claims of the same slot',
      async () => {
        const slotId = await insertSlotRow();
        const appointmentId = await insertAppointmentRow();
        await insertClaimRow({ slot_id: slotId, appointment_id: appointmentId, active: false });
        await insertClaimRow({ slot_id: slotId, appointment_id: appointmentId, active: false });
        await insertClaimRow({ slot_id: slotId, appointment_id: appointmentId });
      },
    ],
    [
      'two patients with the same address',
      async () => [await insertPatientRow({ email: 'a@x.com' }), await insertPatientRow({ email: 'a@x.com' })],
    ],
    [
      'two doctors and two admins without a login',
      async () => {
        for (const insertOne of [insertDoctorRow, insertDoctorRow, insertStaffRow, insertStaffRow])
          await insertOne({ cognito_sub: null });
      },
    ],
    ['a patient without a login', () => insertPatientRow({ cognito_sub: null, clinic_id: ids.clinic })],
    [
      'adjacent hours',
      async () => [await insertHoursRow(), await insertHoursRow({ start_time: '12:00', end_time: '24:00' })],
    ],
    [
      'different hours from a later day on',
      async () => [
        await insertHoursRow({ valid_to: '2030-02-01' }),
        await insertHoursRow({ valid_from: '2030-02-01' }),
      ],
    ],
  ])('%s', async (_description, insertion) => {
    expect(await findViolatedConstraint(insertion)).toBe('accepted');
  });
});

describe('a version', () => {
  const booked = `status = 'booked'`;

  it.each([
    `${booked}, version = version - 1`,
    booked,
    `status = 'withdrawn', status_when_released = 'withdrawn'`,
    `status = 'held', held_until = clock()`,
    'version = version - 1',
  ])('of a slot must increase with every published change: %s', async (set) => {
    const id = await insertSlotRow({ version: 5 });
    expect(await findViolatedConstraint(() => updateRow('availability_slots', id, set))).toBe(
      'availability_slots_version_increases',
    );
    expect(
      await findViolatedConstraint(() => updateRow('availability_slots', id, `${booked}, version = version + 1`)),
    ).toBe('accepted');
  });

  it.each([`reason = 'another'`, `status = 'completed'`, 'version = version - 1'])(
    'of an appointment must increase with every change: %s',
    async (set) => {
      const id = await insertAppointmentRow({ version: 5 });
      expect(await findViolatedConstraint(() => updateRow('appointments', id, set))).toBe(
        'appointments_version_increases',
      );
      expect(
        await findViolatedConstraint(() =>
          updateRow('appointments', id, `status = 'completed', version = version + 1`),
        ),
      ).toBe('accepted');
    },
  );
});

it('an appointment has a unique reference that is derived from its id', async () => {
  const id = '0197f0a0-0000-7000-8000-0123456789ab';
  await insertAppointmentRow({ id });
  const { rows } = await owner.query('select reference from appointments where id = $1', [id]);
  // The last 50 bits of the id, in groups of five, in Crockford's alphabet.
  expect(rows[0].reference).toBe(`MB-${encodeCrockford(0x0123456789abn)}`);
  expect(
    await findViolatedConstraint(() =>
      updateRow('appointments', id, `reference = 'MB-0000000000', version = version + 1`),
    ),
  ).toContain('428C9');
});

function encodeCrockford(bits: bigint): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  return Array.from({ length: 10 }, (_, place) => alphabet[Number((bits >> BigInt(5 * (9 - place))) & 31n)]).join('');
}

describe('create_clinic', () => {
  const body = {
    name: 'C',
    address: 'A',
    phone: '+351210000000',
    currency: 'EUR',
    slotMinutes: 30,
    noticeMinutes: 60,
    horizonDays: 30,
    cancellationCutoffMinutes: 0,
    holdSeconds: 120,
    holdsPerPatient: 3,
    appointmentsPerPatient: 10,
    noShowsPerPatient: 3,
    notificationEmail: null,
    language: 'en',
    quietFrom: '21:00',
    quietTo: '08:00',
    reminderMinutes: [1440],
  };

  const createRequest = async (clinic: object) => ({
    sub: await insertAdmin(owner),
    groups: ['admin'],
    clinicId: randomUUID(),
    clinic,
    requestId: randomUUID(),
  });

  it.each(['Nowhere/Land', '', '; drop table clinics'])(
    'refuses the time zone %j, which PostgreSQL does not have',
    async (timeZone) => {
      const result = await createClinic(owner, await createRequest({ ...body, timeZone }));
      expect(result).toMatchObject({ outcome: 'invalid', field: 'timeZone' });
    },
  );

  it.each(['Europe/Lisbon', 'America/Argentina/Buenos_Aires', 'UTC'])('accepts the time zone %s', async (timeZone) => {
    expect(await createClinic(owner, await createRequest({ ...body, timeZone }))).toEqual({ outcome: 'done' });
  });

  it('creates one clinic and one audit row per id, also if the request is repeated', async () => {
    const first = await createRequest({ ...body, timeZone: 'UTC' });
    const renamed = { ...first, clinic: { ...first.clinic, name: 'Another' } };
    for (const request of [first, first, renamed]) {
      expect(await createClinic(owner, request)).toEqual({ outcome: 'done' });
    }
    const { rows } = await owner.query('select name from clinics where id = $1', [first.clinicId]);
    expect(rows).toEqual([{ name: 'C' }]);
    const audit = await owner.query('select action from audit_log where entity_id = $1', [first.clinicId]);
    expect(audit.rows).toEqual([{ action: 'create' }]);
  });
});
