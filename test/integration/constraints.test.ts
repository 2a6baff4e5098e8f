import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClinic } from '../../lambdas/clinics/clinics.sql.ts';
import { insertAdmin, insertClinic, insertPatients } from '../support/clinic.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

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

// Each test sees only the rows of its own.
beforeEach(() => owner.query('begin'));
afterEach(() => owner.query('rollback'));

type Columns = Readonly<Record<string, unknown>>;

async function insert(table: string, columns: Columns): Promise<string> {
  const names = Object.keys(columns);
  const places = names.map((_, index) => `$${index + 1}`);
  const { rows } = await owner.query(
    `insert into ${table} (${names.join(', ')}) values (${places.join(', ')}) returning ${table}::text as row, to_jsonb(${table}) ->> 'id' as id`,
    Object.values(columns),
  );
  return rows[0].id;
}

const change = (table: string, id: string, set: string) =>
  owner.query(`update ${table} set ${set} where id = $1`, [id]);

/** The name of the constraint by which a change is refused; `accepted` if it is not. */
async function refusedBy(work: () => Promise<unknown>): Promise<string> {
  await owner.query('savepoint attempt');
  const outcome = await work().then(
    () => 'accepted',
    (error: unknown) => {
      if (error instanceof pg.DatabaseError) return error.constraint ?? `${error.code}: ${error.message}`;
      throw error;
    },
  );
  if (outcome !== 'accepted') await owner.query('rollback to attempt');
  return outcome;
}

const clinic = (columns: Columns = {}) =>
  insert('clinics', { name: 'C', address: 'A', phone: '+351210000000', currency: 'EUR', time_zone: 'UTC', ...columns });
const doctor = (columns: Columns = {}) =>
  insert('doctors', {
    clinic_id: ids.clinic,
    name: 'D',
    email: `${randomUUID()}@example.com`,
    specialization: 'S',
    ...columns,
  });
const patient = (columns: Columns = {}) => insert('patients', { cognito_sub: randomUUID(), name: 'P', ...columns });
const staff = (columns: Columns = {}) =>
  insert('staff', { cognito_sub: randomUUID(), name: 'S', email: `${randomUUID()}@example.com`, ...columns });
const hours = (columns: Columns = {}) =>
  insert('working_hours', {
    clinic_id: ids.clinic,
    doctor_id: ids.doctor,
    weekday: 1,
    start_time: '09:00',
    end_time: '12:00',
    valid_from: '2030-01-01',
    ...columns,
  });
const at = (time: string) => `2030-01-07T${time}:00Z`;
const slot = (columns: Columns = {}) =>
  insert('availability_slots', {
    clinic_id: ids.clinic,
    doctor_id: ids.doctor,
    start_time: at('09:00'),
    end_time: at('09:30'),
    ...columns,
  });
const appointment = (columns: Columns = {}) =>
  insert('appointments', {
    id: randomUUID(),
    clinic_id: ids.clinic,
    doctor_id: ids.doctor,
    patient_id: ids.patient,
    status: 'booked',
    start_time: at('09:00'),
    end_time: at('09:30'),
    slot_count: 1,
    ...columns,
  });
const claim = (columns: Columns) => insert('appointment_slots', columns);

type Case = readonly [what: string, constraint: string, work: () => Promise<unknown>];

const nobody = randomUUID();

describe('one row alone is refused', () => {
  it.each<Case>([
    ['a currency that is no code', 'clinics_currency', () => clinic({ currency: 'eur' })],
    ['a slot of no length', 'clinics_slot_minutes', () => clinic({ slot_minutes: 4 })],
    ['a slot longer than four hours', 'clinics_slot_minutes', () => clinic({ slot_minutes: 241 })],
    ['a negative notice', 'clinics_notice', () => clinic({ notice_minutes: -1 })],
    ['a horizon of no day', 'clinics_horizon', () => clinic({ horizon_days: 0 })],
    ['a horizon beyond a year', 'clinics_horizon', () => clinic({ horizon_days: 367 })],
    ['a negative cut-off', 'clinics_cancellation_cutoff', () => clinic({ cancellation_cutoff_minutes: -1 })],
    ['a hold that ends at once', 'clinics_hold', () => clinic({ hold_seconds: 29 })],
    ['a negative fee', 'doctors_fee', () => doctor({ fee_amount: -1 })],
    ['a century of experience', 'doctors_experience', () => doctor({ experience_years: 81 })],
    ['a doctor of no clinic', 'doctors_clinic', () => doctor({ clinic_id: nobody })],
    ['a patient from nowhere', 'patients_origin', () => patient({ cognito_sub: null })],
    ['a patient of no clinic', 'patients_clinic', () => patient({ clinic_id: nobody })],
    ['an admin of a clinic that does not exist', 'staff_clinic', () => staff({ clinic_id: nobody })],
    ['an eighth weekday', 'working_hours_weekday', () => hours({ weekday: 8 })],
    ['closing before opening', 'working_hours_times', () => hours({ end_time: '09:00' })],
    ['no seat', 'working_hours_capacity', () => hours({ capacity: 0 })],
    ['validity that ends before it begins', 'working_hours_validity', () => hours({ valid_to: '2030-01-01' })],
    ["hours at a clinic that is not the doctor's", 'working_hours_doctor', () => hours({ clinic_id: ids.otherClinic })],
    ['a slot without length', 'availability_slots_times', () => slot({ end_time: at('09:00') })],
    ['a seat zero', 'availability_slots_seat', () => slot({ seat: 0 })],
    ['a slot of an unknown status', 'availability_slots_status', () => slot({ status: 'gone' })],
    [
      'a slot to be released to booked',
      'availability_slots_release_to',
      () => slot({ status: 'booked', release_to: 'booked' }),
    ],
    [
      'a free slot that is not to be offered',
      'availability_slots_free_is_offered',
      () => slot({ release_to: 'blocked' }),
    ],
    ['a held slot without an end', 'availability_slots_held_until', () => slot({ status: 'held' })],
    ['a free slot that is held', 'availability_slots_held_until', () => slot({ held_until: at('08:00') })],
    [
      "a slot at a clinic that is not the doctor's",
      'availability_slots_doctor',
      () => slot({ clinic_id: ids.otherClinic }),
    ],
    ['an appointment of an unknown status', 'appointments_status', () => appointment({ status: 'gone' })],
    ['an appointment of an unknown type', 'appointments_type', () => appointment({ type: 'telepathy' })],
    ['an appointment without length', 'appointments_times', () => appointment({ end_time: at('09:00') })],
    ['an appointment of no slots', 'appointments_slot_count', () => appointment({ slot_count: 0 })],
    ['a hold that never ends', 'appointments_expires_at', () => appointment({ status: 'pending' })],
    ['cancelled by nobody', 'appointments_cancelled_by', () => appointment({ status: 'cancelled' })],
    [
      'cancelled by somebody else',
      'appointments_cancelled_by',
      () => appointment({ status: 'cancelled', cancelled_by: 'rival' }),
    ],
    [
      'booked, but cancelled by the patient',
      'appointments_cancelled_by',
      () => appointment({ cancelled_by: 'patient' }),
    ],
    [
      "an appointment at a clinic that is not the doctor's",
      'appointments_doctor',
      () => appointment({ clinic_id: ids.otherClinic }),
    ],
    ['an appointment of nobody', 'appointments_patient', () => appointment({ patient_id: nobody })],
    [
      'a claim of no appointment',
      'appointment_slots_appointment',
      async () => claim({ appointment_id: nobody, slot_id: await slot() }),
    ],
    [
      'a claim on no slot',
      'appointment_slots_slot',
      async () => claim({ appointment_id: await appointment(), slot_id: nobody }),
    ],
  ])('%s: %s', async (_what, constraint, work) => {
    expect(await refusedBy(work)).toBe(constraint);
  });
});

describe('two rows together are refused', () => {
  it.each<Case>([
    ['the same login for two doctors', 'doctors_cognito_sub', () => twice(() => doctor({ cognito_sub: 'same' }))],
    [
      'the same address for two doctors',
      'doctors_email',
      async () => [await doctor({ email: 'a@x.com' }), await doctor({ email: 'A@X.com' })],
    ],
    ['the same login for two patients', 'patients_cognito_sub', () => twice(() => patient({ cognito_sub: 'same' }))],
    ['the same login for two admins', 'staff_cognito_sub', () => twice(() => staff({ cognito_sub: 'same' }))],
    [
      'the same address for two admins',
      'staff_email',
      async () => [await staff({ email: 'a@x.com' }), await staff({ email: 'A@X.com' })],
    ],
    [
      'overlapping working hours',
      'working_hours_no_overlap',
      async () => [await hours(), await hours({ start_time: '11:59', end_time: '13:00' })],
    ],
    ['the same slot', 'availability_slots_no_overlap', () => twice(() => slot())],
    ['the same start, were overlaps not refused', 'availability_slots_one_per_start', sameStart],
    [
      'overlapping slots',
      'availability_slots_no_overlap',
      async () => [await slot(), await slot({ start_time: at('09:29') })].length,
    ],
    ['two active claims', 'appointment_slots_one_active_claim', twoClaims],
    ['overlapping appointments of a patient', 'appointments_no_overlap', () => twice(() => appointment())],
    [
      'a hold across an appointment of a patient',
      'appointments_no_overlap',
      async () => [
        await appointment(),
        await appointment({ status: 'pending', expires_at: at('08:00'), end_time: at('11:00') }),
      ],
    ],
  ])('%s: %s', async (_what, constraint, work) => {
    expect(await refusedBy(work)).toBe(constraint);
  });

  async function twice(work: () => Promise<unknown>): Promise<void> {
    await work();
    await work();
  }

  async function sameStart(): Promise<void> {
    await owner.query('alter table availability_slots drop constraint availability_slots_no_overlap');
    await twice(() => slot());
  }

  async function twoClaims(): Promise<void> {
    const slotId = await slot();
    const other = await patient();
    await claim({ slot_id: slotId, appointment_id: await appointment() });
    await claim({ slot_id: slotId, appointment_id: await appointment({ patient_id: other }) });
  }
});

describe('what must remain possible', () => {
  it.each<readonly [string, () => Promise<unknown>]>([
    [
      'slots one after the other',
      async () => [await slot(), await slot({ start_time: at('09:30'), end_time: at('10:00') })],
    ],
    ['two seats at once', async () => [await slot(), await slot({ seat: 2 })]],
    [
      'a slot where one was withdrawn',
      async () => [await slot({ status: 'withdrawn', release_to: 'withdrawn' }), await slot()],
    ],
    [
      'two withdrawn slots',
      async () => {
        for (const end of ['09:30', '10:00'])
          await slot({ status: 'withdrawn', release_to: 'withdrawn', end_time: at(end) });
      },
    ],
    [
      'appointments one after the other',
      async () => [await appointment(), await appointment({ start_time: at('09:30'), end_time: at('10:00') })],
    ],
    [
      'a new appointment where one was cancelled, has expired or is over',
      async () => {
        await appointment({ status: 'cancelled', cancelled_by: 'clinic' });
        await appointment({ status: 'expired' });
        await appointment({ status: 'completed' });
        await appointment();
      },
    ],
    [
      'a past claim beside an active one, and back again',
      async () => {
        const slotId = await slot();
        const appointmentId = await appointment();
        await claim({ slot_id: slotId, appointment_id: appointmentId, active: false });
        await claim({ slot_id: slotId, appointment_id: appointmentId, active: false });
        await claim({ slot_id: slotId, appointment_id: appointmentId });
      },
    ],
    [
      'two patients with one address',
      async () => [await patient({ email: 'a@x.com' }), await patient({ email: 'a@x.com' })],
    ],
    [
      'two doctors and two admins without a login',
      async () => {
        for (const insertOne of [doctor, doctor, staff, staff]) await insertOne({ cognito_sub: null });
      },
    ],
    ['a patient without a login', () => patient({ cognito_sub: null, clinic_id: ids.clinic })],
    ['hours one after the other', async () => [await hours(), await hours({ start_time: '12:00', end_time: '24:00' })]],
    [
      'other hours from a later day on',
      async () => [await hours({ valid_to: '2030-02-01' }), await hours({ valid_from: '2030-02-01' })],
    ],
  ])('%s', async (_what, work) => {
    expect(await refusedBy(work)).toBe('accepted');
  });
});

describe('a version', () => {
  const booked = `status = 'booked'`;

  it.each([
    `${booked}, version = version - 1`,
    booked,
    `status = 'withdrawn', release_to = 'withdrawn'`,
    `status = 'held', held_until = clock()`,
    'version = version - 1',
  ])('of a slot moves forward with every change that is told: %s', async (set) => {
    const id = await slot({ version: 5 });
    expect(await refusedBy(() => change('availability_slots', id, set))).toBe('availability_slots_version_forward');
    expect(await refusedBy(() => change('availability_slots', id, `${booked}, version = version + 1`))).toBe(
      'accepted',
    );
  });

  it.each([`reason = 'another'`, `status = 'completed'`, 'version = version - 1'])(
    'of an appointment moves forward with every change: %s',
    async (set) => {
      const id = await appointment({ version: 5 });
      expect(await refusedBy(() => change('appointments', id, set))).toBe('appointments_version_forward');
      expect(await refusedBy(() => change('appointments', id, `status = 'completed', version = version + 1`))).toBe(
        'accepted',
      );
    },
  );
});

it('an appointment has a reference of its own that follows from its id', async () => {
  const id = '0197f0a0-0000-7000-8000-0123456789ab';
  await appointment({ id });
  const { rows } = await owner.query('select reference from appointments where id = $1', [id]);
  // The last 50 bits, five by five, in Crockford's alphabet.
  expect(rows[0].reference).toBe(`MB-${crockford(0x0123456789abn)}`);
  expect(
    await refusedBy(() => change('appointments', id, `reference = 'MB-0000000000', version = version + 1`)),
  ).toContain('428C9');
});

function crockford(bits: bigint): string {
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

  const request = async (clinic: object) => ({
    sub: await insertAdmin(owner),
    groups: ['admin'],
    clinicId: randomUUID(),
    clinic,
    requestId: randomUUID(),
  });

  it.each(['Nowhere/Land', '', '; drop table clinics'])(
    'refuses the time zone %j that PostgreSQL does not know',
    async (timeZone) => {
      const answer = await createClinic(owner, await request({ ...body, timeZone }));
      expect(answer).toMatchObject({ outcome: 'invalid', field: 'timeZone' });
    },
  );

  it.each(['Europe/Lisbon', 'America/Argentina/Buenos_Aires', 'UTC'])('takes %s', async (timeZone) => {
    expect(await createClinic(owner, await request({ ...body, timeZone }))).toEqual({ outcome: 'done' });
  });

  it('makes one clinic of one id, however often, and notes it once', async () => {
    const given = await request({ ...body, timeZone: 'UTC' });
    const again = { ...given, clinic: { ...given.clinic, name: 'Another' } };
    for (const repeat of [given, given, again]) expect(await createClinic(owner, repeat)).toEqual({ outcome: 'done' });
    const { rows } = await owner.query('select name from clinics where id = $1', [given.clinicId]);
    expect(rows).toEqual([{ name: 'C' }]);
    const audit = await owner.query('select action from audit_log where entity_id = $1', [given.clinicId]);
    expect(audit.rows).toEqual([{ action: 'create' }]);
  });
});
