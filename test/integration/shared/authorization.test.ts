import { randomUUID } from 'node:crypto';
import type { NewDoctor } from '@medbook/contract/new-doctor';
import type { ProfileChanges } from '@medbook/contract/profile';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { findProfile, insertPatient, updateProfile } from '../../../lambdas/accounts/accounts.sql.ts';
import { createAdmin } from '../../../lambdas/accounts/create-admin.ts';
import { registerPatient } from '../../../lambdas/accounts/register-patient.ts';
import { toPoolUser, type UserPool } from '../../../lambdas/accounts/user-pool.ts';
import { executeBookAppointment, readAppointments } from '../../../lambdas/appointments/appointments.sql.ts';
import { createClinic } from '../../../lambdas/clinics/clinics.sql.ts';
import { addDoctor } from '../../../lambdas/doctors/add-doctor.ts';
import { linkDoctorLogin } from '../../../lambdas/doctors/doctors.sql.ts';
import { findWorkingHours, readSchedule, setWorkingHours } from '../../../lambdas/schedules/schedules.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { changeAppointment } from '../../support/clinic/booking-clients.ts';
import { insertAdmin, insertClinic, insertPatients, startTimeInDays } from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

let database: TestDatabase;
let owner: pg.Client;
let patientApi: Db;
let staffApi: Db;
let postConfirmation: Db;

interface Actor {
  readonly sub: string;
  readonly groups: readonly string[];
}

// Two clinics. The patient has an appointment with the first doctor of the first clinic; the stranger has no appointments.
const ACTORS = [
  'patient',
  'stranger',
  'doctor',
  'colleague',
  'doctor elsewhere',
  'admin',
  'admin elsewhere',
  'platform admin',
  'deactivated patient',
  'deactivated doctor',
  'deactivated admin',
  'deactivated platform admin',
  'patient without the group',
  'doctor without the group',
  'admin without the group',
  'doctor in the group of admins',
  'patient in the groups of staff',
  'groups without a row',
] as const;
type ActorName = (typeof ACTORS)[number];

let testData: {
  readonly clinicId: string;
  readonly doctorIds: readonly string[];
  readonly slotIds: string[];
  readonly actors: Readonly<Record<ActorName, Actor>>;
  readonly patientId: (name: 'patient' | 'stranger' | 'deactivated patient' | 'phone caller') => string;
};

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  patientApi = database.connectAs('patient_api');
  staffApi = database.connectAs('staff_api');
  postConfirmation = database.connectAs('post_confirmation');
  testData = await createTestData();
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

async function createTestData(): Promise<typeof testData> {
  const clinic = await insertClinic(owner, { doctors: 3, horizonDays: 10 });
  const elsewhere = await insertClinic(owner);
  const [doctor = '', colleague = '', deactivatedDoctor = ''] = clinic.doctorIds;
  const [patient = '', stranger = '', deactivatedPatient = ''] = await insertPatients(owner, 3);
  const [admin, adminElsewhere, platform, deactivatedAdmin, deactivatedPlatform] = [
    await insertAdmin(owner, clinic.clinicId),
    await insertAdmin(owner, elsewhere.clinicId),
    await insertAdmin(owner),
    await insertAdmin(owner, clinic.clinicId),
    await insertAdmin(owner),
  ];
  await owner.query('update doctors set active = false where id = $1', [deactivatedDoctor]);
  await owner.query('update staff set active = false where cognito_sub = any ($1)', [
    [deactivatedAdmin, deactivatedPlatform],
  ]);
  const caller = await owner.query(`insert into patients (clinic_id, name) values ($1, 'Caller') returning id`, [
    clinic.clinicId,
  ]);
  const actors: Record<ActorName, Actor> = {
    patient: { sub: patient, groups: ['patient'] },
    stranger: { sub: stranger, groups: ['patient'] },
    doctor: { sub: `doctor-${doctor}`, groups: ['doctor'] },
    colleague: { sub: `doctor-${colleague}`, groups: ['doctor'] },
    'doctor elsewhere': { sub: `doctor-${elsewhere.doctorIds[0]}`, groups: ['doctor'] },
    admin: { sub: admin, groups: ['admin'] },
    'admin elsewhere': { sub: adminElsewhere, groups: ['admin'] },
    'platform admin': { sub: platform, groups: ['admin'] },
    'deactivated patient': { sub: deactivatedPatient, groups: ['patient'] },
    'deactivated doctor': { sub: `doctor-${deactivatedDoctor}`, groups: ['doctor'] },
    'deactivated admin': { sub: deactivatedAdmin, groups: ['admin'] },
    'deactivated platform admin': { sub: deactivatedPlatform, groups: ['admin'] },
    'patient without the group': { sub: patient, groups: ['doctor', 'admin'] },
    'doctor without the group': { sub: `doctor-${doctor}`, groups: ['patient', 'admin'] },
    'admin without the group': { sub: admin, groups: ['patient', 'doctor'] },
    'doctor in the group of admins': { sub: `doctor-${colleague}`, groups: ['admin'] },
    'patient in the groups of staff': { sub: stranger, groups: ['patient', 'doctor', 'admin'] },
    'groups without a row': { sub: randomUUID(), groups: ['patient', 'doctor', 'admin'] },
  };
  const { rows } = await owner.query<{ id: string; sub: string }>('select id, cognito_sub as sub from patients');
  const bySub = new Map(rows.map(({ id, sub }) => [sub, id]));
  const created: typeof testData = {
    clinicId: clinic.clinicId,
    doctorIds: clinic.doctorIds,
    slotIds: await openDoctorAllDay(doctor, actors['platform admin']),
    actors,
    patientId: (name) => (name === 'phone caller' ? caller.rows[0].id : (bySub.get(actors[name].sub) ?? '')),
  };
  // Both have booked at the clinic. The second patient is deactivated below.
  for (const name of ['patient', 'deactivated patient'] as const) {
    const { result } = await executeBookAppointment(
      patientApi,
      createCommand(actors[name]),
      randomUUID(),
      createBookingRequest(created.slotIds.shift()),
    );
    expect(result.outcome).toBe('done');
  }
  await owner.query('update patients set active = false where cognito_sub = $1', [deactivatedPatient]);
  return created;
}

/** Sets working hours of 24 hours a day for the doctor, and returns the ids of the slots from the day after tomorrow on. */
async function openDoctorAllDay(doctorId: string, admin: Actor): Promise<string[]> {
  const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00', capacity: 1 }));
  await setWorkingHours(staffApi, { ...admin, requestId: randomUUID() }, doctorId, { hours });
  const { rows } = await owner.query<{ id: string }>(
    'select id from availability_slots where doctor_id = $1 and start_time between $2 and $3 order by start_time',
    [doctorId, startTimeInDays(2), startTimeInDays(9)],
  );
  return rows.map(({ id }) => id);
}

const createCommand = (actor: Actor, idempotencyKey?: string) => ({
  ...actor,
  requestId: randomUUID(),
  idempotencyKey,
  requestHash: 'hash',
});
const createBookingRequest = (slotId: string | undefined, patientId?: string, reason?: string) =>
  ({ slotId, patientId, reason, slots: 1, type: 'in_person', hold: false }) as const;

/** Books an appointment of the patient with the first doctor and returns its id. */
async function bookNewAppointment(): Promise<string> {
  const { result } = await executeBookAppointment(
    patientApi,
    createCommand(testData.actors.patient),
    randomUUID(),
    createBookingRequest(testData.slotIds.shift()),
  );
  if (result.outcome !== 'done') throw new Error(`The booking was refused: ${JSON.stringify(result)}`);
  return result.appointment.id;
}

async function readAudit(requestId: string) {
  const { rows } = await owner.query(
    `select actor_sub as sub, actor_role as role, action, entity, entity_id as id, clinic_id as clinic, changed_fields as fields
     from audit_log where request_id = $1 order by audit_log.id`,
    [requestId],
  );
  return rows;
}

/** A user pool that returns the same login for every invited user. */
const createUserPool = (loginSub: string): UserPool => ({
  findUser: () => Promise.reject(new Error('Not expected to be called.')),
  addToGroup: () => Promise.resolve(),
  inviteUser: () => Promise.resolve(loginSub),
});

/** Returns the actors for which the attempt succeeds, in the order of `ACTORS`. */
async function listAllowed(attempt: (actor: Actor) => Promise<boolean>): Promise<ActorName[]> {
  const names: ActorName[] = [];
  for (const name of ACTORS) if (await attempt(testData.actors[name])) names.push(name);
  return names;
}

describe('an appointment', () => {
  it('is visible to its patient, its doctor and the admins of its clinic', async () => {
    const appointmentId = await bookNewAppointment();
    const names = await listAllowed(async (actor) => {
      const found = await readAppointments(patientApi, { ...actor, requestId: randomUUID(), appointmentId, limit: 1 });
      return found.length > 0;
    });
    expect(names).toEqual(['patient', 'doctor', 'admin', 'platform admin']);
  });

  it('is listed for the same actors and for no others', async () => {
    const appointmentId = await bookNewAppointment();
    const names = await listAllowed(async (actor) => {
      const found = await readAppointments(patientApi, { ...actor, requestId: randomUUID(), limit: 1000 });
      return found.some(({ id }) => id === appointmentId);
    });
    expect(names).toEqual(['patient', 'doctor', 'admin', 'platform admin']);
  });

  it('can be cancelled by its patient and the admins of its clinic', async () => {
    const names = await listAllowed(async (actor) => {
      const { result } = await changeAppointment(
        patientApi,
        createCommand(actor),
        'cancel',
        await bookNewAppointment(),
      );
      if (result.outcome !== 'done') expect(result).toEqual({ outcome: 'not_found', field: 'appointmentId' });
      return result.outcome === 'done';
    });
    expect(names).toEqual(['patient', 'admin', 'platform admin']);
  });

  it('that does not exist is refused like one of another patient', async () => {
    const { result } = await changeAppointment(
      patientApi,
      createCommand(testData.actors.patient),
      'cancel',
      randomUUID(),
    );
    expect(result).toEqual({ outcome: 'not_found', field: 'appointmentId' });
  });

  it.each([
    ['doctor', 'doctor'],
    ['admin', 'admin'],
    ['platform admin', 'admin'],
  ] as const)('read by the %s gets an audit row with ids only', async (name, role) => {
    const appointmentId = await bookNewAppointment();
    const requestId = randomUUID();
    await readAppointments(patientApi, { ...testData.actors[name], requestId, appointmentId, limit: 1 });
    expect(await readAudit(requestId)).toEqual([
      {
        sub: testData.actors[name].sub,
        role,
        action: 'read',
        entity: 'appointment',
        id: appointmentId,
        clinic: testData.clinicId,
        fields: [],
      },
    ]);
  });

  it.each(['patient', 'stranger', 'admin elsewhere'] as const)(
    'requested by the %s gets no audit row',
    async (name) => {
      const requestId = randomUUID();
      await readAppointments(patientApi, {
        ...testData.actors[name],
        requestId,
        appointmentId: await bookNewAppointment(),
        limit: 1,
      });
      expect(await readAudit(requestId)).toEqual([]);
    },
  );
});

describe('a page of appointments', () => {
  it('gets no audit row for the first appointment of the next page', async () => {
    await bookNewAppointment();
    await bookNewAppointment();
    const requestId = randomUUID();
    const rows = await readAppointments(patientApi, { ...testData.actors.admin, requestId, limit: 1 });
    expect(rows).toHaveLength(2);
    expect((await readAudit(requestId)).map(({ id }) => id)).toEqual([rows[0]?.id]);
  });

  it('gets an audit row for each appointment if it is the last page', async () => {
    const requestId = randomUUID();
    const rows = await readAppointments(patientApi, { ...testData.actors.admin, requestId, limit: 1000 });
    const audited = (await readAudit(requestId)).map(({ id }) => id);
    expect(audited.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
  });
});

describe('an admin who is also a patient', () => {
  const insertAdminAndPatient = async (): Promise<Actor> => {
    const sub = await insertAdmin(owner, testData.clinicId);
    await owner.query(`insert into patients (cognito_sub, name) values ($1, 'Both')`, [sub]);
    return { sub, groups: ['patient', 'admin'] };
  };

  it('cancels their own appointment as a patient and other appointments as an admin', async () => {
    const actor = await insertAdminAndPatient();
    const request = createCommand(actor);
    const { result } = await executeBookAppointment(
      patientApi,
      request,
      randomUUID(),
      createBookingRequest(testData.slotIds.shift()),
    );
    if (result.outcome !== 'done') throw new Error(`The booking was refused: ${JSON.stringify(result)}`);
    const cancel = async (appointmentId: string) => {
      const cancelCommand = createCommand(actor);
      const { result: cancelled } = await changeAppointment(patientApi, cancelCommand, 'cancel', appointmentId);
      expect(cancelled.outcome).toBe('done');
      const { rows } = await owner.query('select cancelled_by as by from appointments where id = $1', [appointmentId]);
      return { by: rows[0].by, roles: (await readAudit(cancelCommand.requestId)).map(({ role }) => role) };
    };
    expect(await cancel(result.appointment.id)).toEqual({ by: 'patient', roles: ['patient'] });
    expect(await cancel(await bookNewAppointment())).toEqual({ by: 'clinic', roles: ['admin'] });
  });

  it('is refused like a patient for their own appointments', async () => {
    const actor = await insertAdminAndPatient();
    const { result } = await executeBookAppointment(
      patientApi,
      createCommand(actor),
      randomUUID(),
      createBookingRequest(testData.slotIds.shift()),
    );
    if (result.outcome !== 'done') throw new Error(`The booking was refused: ${JSON.stringify(result)}`);
    const setCutoff = (minutes: number) =>
      owner.query('update clinics set cancellation_cutoff_minutes = $2 where id = $1', [testData.clinicId, minutes]);
    await setCutoff(20 * 24 * 60);
    const late = await changeAppointment(patientApi, createCommand(actor), 'cancel', result.appointment.id, {
      reason: 'A reason',
    });
    await setCutoff(0);
    expect(late.result).toMatchObject({ outcome: 'too_late_to_cancel' });
  });
});

describe('a repeated request', () => {
  /** Runs the work while the row is inactive. */
  async function whileDeactivated<T>(
    table: 'doctors' | 'patients' | 'staff',
    sub: string,
    work: () => Promise<T>,
  ): Promise<T> {
    const setActive = (active: boolean) =>
      owner.query(`update ${table} set active = $2 where cognito_sub = $1`, [sub, active]);
    await setActive(false);
    try {
      return await work();
    } finally {
      await setActive(true);
    }
  }

  const NOT_FOUND = { outcome: 'not_found' };
  const FORBIDDEN = { outcome: 'forbidden' };

  it.each<readonly [ActorName, 'doctors' | 'patients' | 'staff', 'phone caller' | undefined, object]>([
    ['patient', 'patients', undefined, FORBIDDEN],
    ['doctor', 'doctors', 'phone caller', NOT_FOUND],
    ['admin', 'staff', 'phone caller', NOT_FOUND],
    ['platform admin', 'staff', 'phone caller', NOT_FOUND],
  ])(
    'of a booking by the %s gets the same result, and a refusal while the caller is deactivated',
    async (name, table, patient, refused) => {
      const [actor, key] = [testData.actors[name], randomUUID()];
      const request = createBookingRequest(testData.slotIds.shift(), patient && testData.patientId(patient));
      const book = () => executeBookAppointment(patientApi, createCommand(actor, key), randomUUID(), request);
      const first = await book();
      expect(first).toMatchObject({ result: { outcome: 'done' }, replayed: false });
      expect(await book()).toEqual({ ...first, replayed: true, changedSlots: [] });
      expect(await whileDeactivated(table, actor.sub, book)).toMatchObject({ result: refused, replayed: false });
      expect(await book()).toEqual({ ...first, replayed: true, changedSlots: [] });
    },
  );

  it.each([
    ['patient', 'patients'],
    ['admin', 'staff'],
    ['platform admin', 'staff'],
  ] as const)(
    'of a cancellation by the %s gets the same result, and a refusal while the caller is deactivated',
    async (name, table) => {
      const [actor, key, appointmentId] = [testData.actors[name], randomUUID(), await bookNewAppointment()];
      const cancel = () => changeAppointment(patientApi, createCommand(actor, key), 'cancel', appointmentId);
      const first = await cancel();
      expect(first).toMatchObject({ result: { outcome: 'done' }, replayed: false });
      expect(await cancel()).toEqual({ ...first, replayed: true, changedSlots: [] });
      const refused = await whileDeactivated(table, actor.sub, cancel);
      expect(refused).toMatchObject({ result: { outcome: 'not_found', field: 'appointmentId' }, replayed: false });
    },
  );

  it('of a booking gets the same result after the named doctor has left', async () => {
    const key = randomUUID();
    const { rows } = await owner.query('select start_time as start from availability_slots where id = $1', [
      testData.slotIds.shift(),
    ]);
    const [doctorId] = testData.doctorIds;
    const request = {
      clinicId: testData.clinicId,
      doctorId,
      startTime: rows[0].start,
      slots: 1,
      type: 'video',
      hold: false,
    } as const;
    const book = () =>
      executeBookAppointment(patientApi, createCommand(testData.actors.patient, key), randomUUID(), request);
    const first = await book();
    expect(first.result.outcome).toBe('done');
    expect(await whileDeactivated('doctors', testData.actors.doctor.sub, book)).toEqual({
      ...first,
      replayed: true,
      changedSlots: [],
    });
  });

  it('with the same request id is not reported as a replay', async () => {
    const bookCommand = createCommand(testData.actors.patient, randomUUID());
    const request = createBookingRequest(testData.slotIds.shift());
    const book = () => executeBookAppointment(patientApi, bookCommand, randomUUID(), request);
    const first = await book();
    expect(first).toMatchObject({ result: { outcome: 'done' }, replayed: false, requestId: bookCommand.requestId });
    expect(await book()).toEqual(first);

    const [cancelCommand, appointmentId] = [
      createCommand(testData.actors.patient, randomUUID()),
      await bookNewAppointment(),
    ];
    const cancel = () => changeAppointment(patientApi, cancelCommand, 'cancel', appointmentId);
    const cancelled = await cancel();
    expect(cancelled).toMatchObject({ result: { outcome: 'done' }, replayed: false });
    expect(await cancel()).toEqual(cancelled);
  });
});

describe('a booking', () => {
  const bookAs = async (name: ActorName, patientId?: string) => {
    const [slotId] = testData.slotIds;
    const request = createCommand(testData.actors[name]);
    const { result } = await executeBookAppointment(
      patientApi,
      request,
      randomUUID(),
      createBookingRequest(slotId, patientId),
    );
    if (result.outcome === 'done') testData.slotIds.shift();
    return { result, outcome: result.outcome, requestId: request.requestId };
  };

  it.each<readonly [ActorName, string]>([
    ['patient', 'done'],
    ['stranger', 'done'],
    ['doctor', 'invalid'],
    ['colleague', 'invalid'],
    ['doctor elsewhere', 'invalid'],
    ['admin', 'invalid'],
    ['admin elsewhere', 'invalid'],
    ['platform admin', 'invalid'],
    ['deactivated patient', 'forbidden'],
    ['deactivated doctor', 'forbidden'],
    ['deactivated admin', 'forbidden'],
    ['deactivated platform admin', 'forbidden'],
    ['patient without the group', 'forbidden'],
    ['doctor without the group', 'forbidden'],
    ['admin without the group', 'forbidden'],
    ['doctor in the group of admins', 'forbidden'],
    ['patient in the groups of staff', 'done'],
    ['groups without a row', 'forbidden'],
  ])('of the %s for themselves: %s', async (name, outcome) => {
    expect((await bookAs(name)).outcome).toBe(outcome);
  });

  it.each(['patient', 'phone caller'] as const)(
    'for a %s of the clinic is accepted from its staff and the platform admin',
    async (patient) => {
      const names: ActorName[] = [];
      for (const name of ACTORS) {
        const { outcome } = await bookAs(name, testData.patientId(patient));
        expect(outcome, name).toBeOneOf(['done', 'not_found']);
        if (outcome === 'done') names.push(name);
      }
      const ownAccount: ActorName[] = patient === 'patient' ? ['patient'] : [];
      expect(names).toEqual([...ownAccount, 'doctor', 'colleague', 'admin', 'platform admin']);
    },
  );

  it('is refused alike for a patient of no clinic, a deactivated patient and a nonexistent patient', async () => {
    for (const name of [
      'doctor',
      'admin',
      'stranger',
      'admin elsewhere',
      'deactivated admin',
      'groups without a row',
    ] as const) {
      // The stranger has booked at the clinic in an earlier test, so a new patient is needed.
      const [newcomer] = await insertPatients(owner, 1);
      const { rows } = await owner.query('select id from patients where cognito_sub = $1', [newcomer]);
      const unknown = (await bookAs(name, rows[0].id)).result;
      const deactivated = (await bookAs(name, testData.patientId('deactivated patient'))).result;
      const nonexistent = (await bookAs(name, randomUUID())).result;
      expect(unknown).toEqual({ outcome: 'not_found', field: name === 'admin elsewhere' ? 'slotId' : 'patientId' });
      expect([deactivated, nonexistent]).toEqual([unknown, unknown]);
    }
  });

  it('by a platform admin for a deactivated or nonexistent patient returns not_found', async () => {
    for (const patientId of [testData.patientId('deactivated patient'), randomUUID()]) {
      const { result } = await bookAs('platform admin', patientId);
      expect(result).toEqual({ outcome: 'not_found', field: 'patientId' });
    }
  });

  it('by staff gets an audit row with their role, and a refused one gets none', async () => {
    const done = await bookAs('admin', testData.patientId('phone caller'));
    expect(await readAudit(done.requestId)).toMatchObject([
      { role: 'admin', action: 'book', entity: 'appointment', fields: [] },
    ]);
    const refused = await bookAs('admin elsewhere', testData.patientId('phone caller'));
    expect(await readAudit(refused.requestId)).toEqual([]);
  });

  it('with a deactivated doctor, a doctor of another clinic or a nonexistent doctor returns not_found', async () => {
    const [, , deactivated] = testData.doctorIds;
    const { rows } = await owner.query('select id from doctors where clinic_id <> $1', [testData.clinicId]);
    for (const doctorId of [deactivated, rows[0].id, randomUUID()]) {
      const { result } = await executeBookAppointment(
        patientApi,
        createCommand(testData.actors.patient),
        randomUUID(),
        {
          clinicId: testData.clinicId,
          doctorId,
          startTime: startTimeInDays(3),
          slots: 1,
          type: 'in_person',
          hold: false,
        },
      );
      expect(result).toEqual({ outcome: 'not_found', field: 'doctorId' });
    }
  });
});

describe("a doctor's schedule", () => {
  const clinicManagers: ActorName[] = ['doctor', 'admin', 'platform admin'];
  const [from, to] = [startTimeInDays(0), startTimeInDays(30)];
  const firstDoctorId = () => testData.doctorIds[0] ?? '';

  it('is visible to the doctor and the admins of the clinic', async () => {
    const query = { doctorId: firstDoctorId(), from, to, after: undefined, limit: 5 };
    const names = await listAllowed(
      async (actor) => (await readSchedule(staffApi, { ...actor, requestId: randomUUID() }, query)) !== null,
    );
    expect(names).toEqual(clinicManagers);
    expect(
      await listAllowed(
        async (actor) => (await findWorkingHours(staffApi, { ...actor, requestId: 'r' }, firstDoctorId())) !== null,
      ),
    ).toEqual(clinicManagers);
  });

  it('can be changed by the same actors', async () => {
    const names = await listAllowed(async (actor) => {
      const result = await setWorkingHours(staffApi, { ...actor, requestId: randomUUID() }, firstDoctorId(), {
        hours: [],
        validFrom: '2040-01-01',
      });
      if (result.outcome !== 'done') expect(result).toEqual({ outcome: 'not_found', field: 'doctorId' });
      return result.outcome === 'done';
    });
    expect(names).toEqual(clinicManagers);
  });

  it('of a doctor who does not exist is refused like that of a doctor at another clinic', async () => {
    const actor = { ...testData.actors['platform admin'], requestId: randomUUID() };
    expect(await findWorkingHours(staffApi, actor, randomUUID())).toBeNull();
    expect(
      await readSchedule(staffApi, actor, { doctorId: randomUUID(), from, to, after: undefined, limit: 5 }),
    ).toBeNull();
    expect(await setWorkingHours(staffApi, actor, randomUUID(), { hours: [] })).toMatchObject({ outcome: 'not_found' });
  });

  it('gets an audit row for each of its appointments when it is read', async () => {
    const appointmentId = await bookNewAppointment();
    const requestId = randomUUID();
    await readSchedule(
      staffApi,
      { ...testData.actors.doctor, requestId },
      { doctorId: firstDoctorId(), from, to, after: undefined, limit: 1000 },
    );
    const audited = await readAudit(requestId);
    expect(audited.map(({ id }) => id)).toContain(appointmentId);
    expect(new Set(audited.map(({ role, action, entity }) => [role, action, entity].join()))).toEqual(
      new Set(['doctor,read,appointment']),
    );
  });
});

describe("a page of a doctor's schedule", () => {
  it('gets no audit row for the first slot of the next page', async () => {
    await bookNewAppointment();
    const all = await readSlots(1000);
    const first = all.rows.findIndex(({ appointment }) => appointment);
    const withAppointment = await readSlots(first + 1);
    expect(withAppointment.rows).toHaveLength(first + 2);
    expect(await readAudit(withAppointment.requestId)).toMatchObject([{ id: all.rows[first]?.appointment?.id }]);
    const before = await readSlots(first);
    expect(before.rows.at(-1)?.appointment).toBeDefined();
    expect(await readAudit(before.requestId)).toEqual([]);
  });

  async function readSlots(limit: number) {
    const requestId = randomUUID();
    const rows = await readSchedule(
      staffApi,
      { ...testData.actors.admin, requestId },
      {
        doctorId: testData.doctorIds[0] ?? '',
        from: startTimeInDays(0),
        to: startTimeInDays(30),
        after: undefined,
        limit,
      },
    );
    if (!rows) throw new Error('The admin cannot read the schedule.');
    return { rows, requestId };
  }
});

describe('clinics and doctors', () => {
  const clinic = {
    name: 'New clinic',
    address: 'Street 1',
    phone: '+351210000000',
    currency: 'EUR',
    timeZone: 'Europe/Lisbon',
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
  const createNewDoctor = (): NewDoctor => ({
    name: 'Ana',
    email: `${randomUUID()}@Example.com`,
    specialization: 'Cardiology',
    fee: { amount: 100, currency: 'EUR' },
    experienceYears: 3,
  });
  const addDoctorAs = (name: ActorName, clinicId = testData.clinicId) =>
    addDoctor(
      { db: staffApi, userPool: createUserPool(randomUUID()) },
      { ...testData.actors[name], requestId: randomUUID(), clinicId, doctor: createNewDoctor() },
    );

  it('clinics can be created only by platform admins', async () => {
    const names = await listAllowed(async (actor) => {
      const result = await createClinic(staffApi, {
        ...actor,
        clinicId: randomUUID(),
        clinic,
        requestId: randomUUID(),
      });
      if (result.outcome !== 'done') expect(result).toEqual({ outcome: 'forbidden' });
      return result.outcome === 'done';
    });
    expect(names).toEqual(['platform admin']);
  });

  it('doctors can be added by the admins of the clinic', async () => {
    const names: ActorName[] = [];
    for (const name of ACTORS) {
      const added = await addDoctorAs(name).catch((error: unknown) => error);
      if (typeof added === 'string') names.push(name);
      else expect(added).toMatchObject({ code: 'not_found' });
    }
    expect(names).toEqual(['admin', 'platform admin']);
    await expect(addDoctorAs('platform admin', randomUUID())).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('a login can be linked by the admins of the clinic', async () => {
    const { rows } = await owner.query(
      `insert into doctors (clinic_id, name, email, specialization, active) values ($1, 'N', 'unlinked@example.com', 'S', false)
       returning id`,
      [testData.clinicId],
    );
    const names = await listAllowed(async (actor) => {
      const result = await linkDoctorLogin(staffApi, { ...actor, requestId: randomUUID() }, rows[0].id, 'the-login');
      if (result.outcome !== 'done') expect(result).toEqual({ outcome: 'not_found', field: 'doctorId' });
      return result.outcome === 'done';
    });
    expect(names).toEqual(['admin', 'platform admin']);
  });
});

describe('the registration of a patient', () => {
  const userPool = { addToGroup: () => Promise.resolve() };
  const createAttributes = () => ({
    sub: randomUUID(),
    name: 'Rita',
    email: `${randomUUID()}@example.com`,
    email_verified: 'true',
    phone_number: '+351910000000',
    phone_number_verified: 'true',
  });
  const readRows = async (sub: string) =>
    (await owner.query('select id, name, email, phone, active from patients where cognito_sub = $1', [sub])).rows;

  it('creates one patient and one outbox row, also if functions repeat it', async () => {
    const attributes = createAttributes();
    const user = toPoolUser(attributes);
    for (const db of [postConfirmation, patientApi, postConfirmation]) {
      await registerPatient({ db, userPool }, user.sub, user);
    }
    const rows = await readRows(user.sub);
    expect(rows).toMatchObject([
      { name: 'Rita', email: attributes.email, phone: attributes.phone_number, active: true },
    ]);
    const outbox = await owner.query(`select kind, clinic_id from outbox where patient_id = $1`, [rows[0].id]);
    expect(outbox.rows).toEqual([{ kind: 'account_created', clinic_id: null }]);
  });

  it('creates one patient if it runs ten times concurrently', async () => {
    const user = toPoolUser(createAttributes());
    const connections = Array.from({ length: 10 }, () => database.connectAs('post_confirmation'));
    const results = await Promise.all(connections.map((db) => insertPatient(db, user)));
    expect(new Set(results).size).toBe(1);
    expect(await readRows(user.sub)).toHaveLength(1);
  });

  it('stores only an address and a number that Cognito has verified', async () => {
    const user = toPoolUser({ ...createAttributes(), email_verified: 'false', phone_number_verified: undefined });
    await registerPatient({ db: postConfirmation, userPool }, user.sub, user);
    expect(await readRows(user.sub)).toMatchObject([{ email: null, phone: null }]);
  });

  it.each(['doctors', 'staff'])('creates a patient with the address of a row in %s', async (table) => {
    const { rows } = await owner.query(`select email from ${table} order by id limit 1`);
    const user = toPoolUser({ ...createAttributes(), email: rows[0].email });
    await registerPatient({ db: postConfirmation, userPool }, user.sub, user);
    expect(await readRows(user.sub)).toMatchObject([{ email: rows[0].email, active: true }]);
  });

  it('can be repeated after the group could not be assigned', async () => {
    const user = toPoolUser(createAttributes());
    const broken = { addToGroup: () => Promise.reject(new Error('crash')) };
    await expect(registerPatient({ db: postConfirmation, userPool: broken }, user.sub, user)).rejects.toThrow('crash');
    await registerPatient({ db: postConfirmation, userPool }, user.sub, user);
    expect(await readRows(user.sub)).toHaveLength(1);
  });

  it('keeps the later changes of the patient and does not reactivate a deactivated patient', async () => {
    const user = toPoolUser(createAttributes());
    await insertPatient(postConfirmation, user);
    await updateProfile(patientApi, { sub: user.sub, groups: ['patient'] }, { name: 'Rita Maria' }, randomUUID());
    await owner.query('update patients set active = false where cognito_sub = $1', [user.sub]);
    await insertPatient(postConfirmation, user);
    expect(await readRows(user.sub)).toMatchObject([{ name: 'Rita Maria', active: false }]);
  });
});

describe('a profile', () => {
  const readProfile = async (actor: Pick<Actor, 'sub' | 'groups'>) =>
    (await findProfile(patientApi, { ...actor, tokenIssuedAt: null })).profile;

  it('is visible to its owner', async () => {
    const roles: Partial<Record<ActorName, string | null>> = {};
    for (const name of ACTORS) roles[name] = (await readProfile(testData.actors[name]))?.role ?? null;
    const none = Object.fromEntries(ACTORS.map((name) => [name, null]));
    const patients = ['patient', 'stranger', 'patient in the groups of staff'].map((name) => [name, 'patient']);
    const doctors = ['doctor', 'colleague', 'doctor elsewhere'].map((name) => [name, 'doctor']);
    expect(roles).toEqual({ ...none, ...Object.fromEntries([...patients, ...doctors]) });
  });

  it('of a patient changes only in the fields of the request', async () => {
    const actor = testData.actors.stranger;
    const before = await readProfile(actor);
    const requestId = randomUUID();
    const changeProfile = (changes: ProfileChanges) => updateProfile(patientApi, actor, changes, requestId);
    const [phone, sms, email] = ['+351910000001', { sms: true }, { email: false }];
    expect(await changeProfile({ phone })).toEqual({ outcome: 'done', profile: { ...before, phone } });
    expect(await changeProfile({ notifications: sms })).toEqual({
      outcome: 'done',
      profile: { ...before, phone, notifications: { email: true, sms: true, reminders: true } },
    });
    expect(await changeProfile({ phone: null, notifications: email })).toEqual({
      outcome: 'done',
      profile: { ...before, phone: null, notifications: { email: false, sms: true, reminders: true } },
    });
    const audited = await readAudit(requestId);
    expect(audited.map(({ fields }) => fields.toSorted())).toEqual([
      ['phone'],
      ['notifications'],
      ['notifications', 'phone'],
    ]);
  });

  it('of a doctor can be changed by the doctor only, and has no notification settings', async () => {
    const actor = testData.actors.colleague;
    const readOtherDoctors = () =>
      owner.query('select * from doctors where cognito_sub <> $1 order by id', [actor.sub]);
    const before = (await readOtherDoctors()).rows;
    const changes = { name: 'Colleague', phone: '+351910000002' };
    expect(await updateProfile(patientApi, actor, changes, randomUUID())).toMatchObject({
      outcome: 'done',
      profile: changes,
    });
    const refused = await updateProfile(patientApi, actor, { name: 'No', notifications: { sms: true } }, randomUUID());
    expect(refused).toMatchObject({ outcome: 'invalid', field: 'notifications' });
    expect(await readProfile(actor)).toMatchObject(changes);
    expect((await readOtherDoctors()).rows).toEqual(before);
  });

  it('of a deactivated user, or of a user without the group, cannot be changed', async () => {
    const readAllProfiles = () =>
      owner.query(
        'select (select json_agg(p order by id) from patients p) as p, (select json_agg(d order by id) from doctors d) as d',
      );
    const before = (await readAllProfiles()).rows;
    for (const name of ['deactivated patient', 'deactivated doctor', 'patient without the group', 'admin'] as const) {
      const result = await updateProfile(patientApi, testData.actors[name], { name: 'Changed' }, randomUUID());
      expect(result).toEqual({ outcome: 'forbidden' });
    }
    expect((await readAllProfiles()).rows).toEqual(before);
  });
});

describe('personal data', () => {
  const CANARY = 'canary';
  let lastIds: { readonly audit: string; readonly outbox: string };

  beforeEach(async () => {
    const { rows } = await owner.query(
      `select coalesce((select max(id) from audit_log), 0) as audit, coalesce((select max(id) from outbox), 0) as outbox`,
    );
    lastIds = rows[0];
  });

  it('is not written to audit_log or the outbox by any command', async () => {
    const admin = { ...testData.actors['platform admin'], requestId: randomUUID() };
    const clinicId = randomUUID();
    const clinic = await createClinic(staffApi, {
      ...admin,
      clinicId,
      clinic: {
        name: `${CANARY} clinic`,
        address: CANARY,
        phone: CANARY,
        currency: 'EUR',
        timeZone: 'UTC',
        slotMinutes: 30,
        noticeMinutes: 0,
        horizonDays: 30,
        cancellationCutoffMinutes: 0,
        holdSeconds: 120,
        holdsPerPatient: 3,
        appointmentsPerPatient: 10,
        noShowsPerPatient: 3,
        notificationEmail: `${CANARY}-n@example.com`,
        language: 'en',
        quietFrom: '21:00',
        quietTo: '08:00',
        reminderMinutes: [1440],
      },
    });
    expect(clinic).toEqual({ outcome: 'done' });
    const newAdmin = { email: `${CANARY}-a@example.com`, clinicId };
    await createAdmin({ db: database.connectAs('create_admin'), userPool: createUserPool(randomUUID()) }, newAdmin);
    const loginSub = randomUUID();
    const doctor = {
      name: CANARY,
      email: `${CANARY}-d@example.com`,
      phone: CANARY,
      specialization: CANARY,
      bio: CANARY,
      fee: { amount: 0, currency: 'EUR' },
      experienceYears: 0,
    };
    const doctorId = await addDoctor(
      { db: staffApi, userPool: createUserPool(loginSub) },
      { ...admin, clinicId, doctor },
    );
    await updateProfile(
      patientApi,
      { sub: loginSub, groups: ['doctor'] },
      { name: `${CANARY} 2`, phone: CANARY },
      randomUUID(),
    );
    const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00', capacity: 1 }));
    await setWorkingHours(staffApi, admin, doctorId, { hours });

    const patient = { sub: randomUUID(), groups: ['patient'] };
    await insertPatient(postConfirmation, {
      sub: patient.sub,
      name: CANARY,
      email: `${CANARY}@example.com`,
      phone: CANARY,
    });
    await updateProfile(
      patientApi,
      patient,
      { name: `${CANARY} 3`, phone: CANARY, notifications: { sms: true } },
      randomUUID(),
    );
    const request = {
      clinicId,
      startTime: startTimeInDays(2),
      reason: CANARY,
      slots: 2,
      type: 'video',
      hold: false,
    } as const;
    const { result } = await executeBookAppointment(patientApi, createCommand(patient), randomUUID(), request);
    if (result.outcome !== 'done') throw new Error(`The booking was refused: ${JSON.stringify(result)}`);
    await readAppointments(patientApi, { ...admin, limit: 10 });
    await readSchedule(staffApi, admin, {
      doctorId,
      from: startTimeInDays(0),
      to: startTimeInDays(9),
      after: undefined,
      limit: 1000,
    });
    await setWorkingHours(staffApi, admin, doctorId, { hours: [] });
    await changeAppointment(patientApi, createCommand(admin), 'cancel', result.appointment.id, { reason: CANARY });

    const { rows } = await owner.query<{ row: string }>(
      `select audit_log::text as row from audit_log where id > $1 union all select outbox::text from outbox where id > $2`,
      [lastIds.audit, lastIds.outbox],
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ row }) => row.includes(CANARY))).toEqual([]);
    const { rows: actions } = await owner.query<{ action: string }>(
      'select distinct action from audit_log where id > $1 order by 1',
      [lastIds.audit],
    );
    expect(actions.map(({ action }) => action)).toEqual([
      'book',
      'cancel',
      'change',
      'create',
      'link_login',
      'open_conflict',
      'read',
      'register',
      'set_working_hours',
    ]);
  });
});
