import { randomUUID } from 'node:crypto';
import type { NewDoctor } from '@medbook/contract/new-doctor';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../../../lambdas/accounts/create-admin.ts';
import type { UserPool } from '../../../lambdas/accounts/user-pool.ts';
import { addDoctor } from '../../../lambdas/doctors/add-doctor.ts';
import { findDoctor, listDoctors } from '../../../lambdas/doctors/doctors.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { insertAdmin, insertClinic, insertPatients } from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

let database: TestDatabase;
let owner: pg.Client;
let staffApi: Db;
let operator: Db;
let availabilityDb: Db;
let clinicId: string;
let otherClinicId: string;
let adminSub: string;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  [staffApi, operator, availabilityDb] = [
    database.connectAs('staff_api'),
    database.connectAs('create_admin'),
    database.connectAs('availability_api'),
  ];
  clinicId = (await insertClinic(owner)).clinicId;
  otherClinicId = (await insertClinic(owner)).clinicId;
  adminSub = await insertAdmin(owner);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

/** Creates a pool that returns one login for every user, with the list of users that were added to a group. */
function createUserPool(sub: string = randomUUID(), change: Partial<UserPool> = {}) {
  const members: string[] = [];
  const userPool: UserPool = {
    findUser: () => Promise.reject(new Error('Not expected to be called.')),
    inviteUser: () => Promise.resolve(sub),
    addToGroup: async (username, group) => void members.push(`${username} ${group}`),
    ...change,
  };
  return { userPool, members };
}

const throwCrash = () => Promise.reject(new Error('crash'));

/** Wraps a connection that throws at the nth statement, before or after the database has executed it. */
function failAtStatement(db: Db, statement: number, moment: 'before' | 'after'): Db {
  let count = 0;
  return {
    query: async (text, values) => {
      count += 1;
      if (count === statement && moment === 'before') throw new Error('crash');
      const result = await db.query<never>(text, values);
      if (count === statement) throw new Error('crash');
      return result;
    },
  };
}

interface CrashCase {
  readonly point: string;
  readonly breakDb: (db: Db) => Db;
  readonly change?: Partial<UserPool>;
  /** Whether the login was linked before the crash. */
  readonly isLinked: boolean;
}

const unchangedDb = (db: Db) => db;
const CRASH_CASES: readonly CrashCase[] = [
  { point: 'before the row', breakDb: (db) => failAtStatement(db, 1, 'before'), isLinked: false },
  { point: 'after the row', breakDb: (db) => failAtStatement(db, 1, 'after'), isLinked: false },
  { point: 'at the invitation', breakDb: unchangedDb, change: { inviteUser: throwCrash }, isLinked: false },
  { point: 'before the link', breakDb: (db) => failAtStatement(db, 2, 'before'), isLinked: false },
  { point: 'after the link', breakDb: (db) => failAtStatement(db, 2, 'after'), isLinked: true },
  { point: 'at the group', breakDb: unchangedDb, change: { addToGroup: throwCrash }, isLinked: true },
];

const readPatientRow = async (sub: string) =>
  (await owner.query('select * from patients where cognito_sub = $1', [sub])).rows[0];

describe('a doctor', () => {
  const createNewDoctor = (): NewDoctor => ({
    name: 'Ana',
    email: `${randomUUID()}@example.com`,
    specialization: 'Cardiology',
    fee: { amount: 100, currency: 'EUR' },
    experienceYears: 3,
  });
  const addDoctorAs = (doctor: NewDoctor, { userPool } = createUserPool(), { db = staffApi, clinic = clinicId } = {}) =>
    addDoctor(
      { db, userPool },
      { sub: adminSub, groups: ['admin'], requestId: randomUUID(), clinicId: clinic, doctor },
    );
  const readRows = async ({ email }: NewDoctor) =>
    (
      await owner.query(
        'select id, name, fee_amount as fee, cognito_sub as sub, active from doctors where lower(email) = lower($1)',
        [email],
      )
    ).rows;
  const isPublic = async (doctorId: string) => {
    const listed = await listDoctors(availabilityDb, { clinicId, specialization: undefined }, undefined, 1000);
    const found = await findDoctor(availabilityDb, doctorId);
    expect(listed.some(({ id }) => id === doctorId)).toBe(found !== undefined);
    return found !== undefined;
  };

  it('gets a row, a login and a group', async () => {
    const [doctor, sub] = [createNewDoctor(), randomUUID()];
    const pool = createUserPool(sub);
    const id = await addDoctorAs(doctor, pool);
    expect(await readRows(doctor)).toEqual([{ id, name: 'Ana', fee: 100, sub, active: true }]);
    expect(pool.members).toEqual([`${doctor.email} doctor`]);
    expect(await isPublic(id)).toBe(true);
  });

  it.each(CRASH_CASES)(
    'whose creation crashed $point is created once by the repeat',
    async ({ breakDb, change, isLinked }) => {
      const [doctor, sub] = [createNewDoctor(), randomUUID()];
      await expect(addDoctorAs(doctor, createUserPool(sub, change), { db: breakDb(staffApi) })).rejects.toThrow(
        'crash',
      );
      const [left] = await readRows(doctor);
      if (left) expect(await isPublic(left.id)).toBe(isLinked);

      const pool = createUserPool(sub);
      const id = await addDoctorAs(doctor, pool);
      expect(await addDoctorAs({ ...doctor, email: doctor.email.toUpperCase() }, pool)).toBe(id);
      expect(await readRows(doctor)).toMatchObject([{ id, sub, active: true }]);
      expect(pool.members[0]).toBe(`${doctor.email} doctor`);
      expect(await isPublic(id)).toBe(true);
    },
  );

  it.each(CRASH_CASES)('whose creation crashed $point can be corrected until the login is linked', async (crash) => {
    const [doctor, sub] = [createNewDoctor(), randomUUID()];
    await expect(
      addDoctorAs(doctor, createUserPool(sub, crash.change), { db: crash.breakDb(staffApi) }),
    ).rejects.toThrow('crash');
    const corrected = { ...doctor, name: 'Anna', fee: { amount: 200, currency: 'EUR' } };
    const repeat = addDoctorAs(corrected, createUserPool(sub));
    if (crash.isLinked) await expect(repeat).rejects.toMatchObject({ code: 'email_in_use' });
    else await repeat;
    const expected = crash.isLinked ? { name: 'Ana', fee: 100 } : { name: 'Anna', fee: 200 };
    expect(await readRows(doctor)).toMatchObject([{ ...expected, sub, active: true }]);
  });

  it('added twenty times concurrently is created once', async () => {
    const doctor = createNewDoctor();
    const pool = createUserPool();
    const connections = Array.from({ length: 5 }, () => database.connectAs('staff_api'));
    const added = await Promise.all(
      Array.from({ length: 20 }, (_, index) => addDoctorAs(doctor, pool, { db: connections[index % 5] ?? staffApi })),
    );
    expect(new Set(added).size).toBe(1);
    expect(await readRows(doctor)).toMatchObject([{ id: added[0], active: true }]);
  });

  it('has an address that no other doctor of any clinic can have, in upper or lower case', async () => {
    const doctor = createNewDoctor();
    const pool = createUserPool();
    await addDoctorAs(doctor, pool);
    const before = await readRows(doctor);
    const other = { ...doctor, email: doctor.email.toUpperCase(), name: 'Somebody else' };
    await expect(addDoctorAs(other, pool)).rejects.toMatchObject({ code: 'email_in_use' });
    await expect(addDoctorAs(doctor, pool, { clinic: otherClinicId })).rejects.toMatchObject({ code: 'email_in_use' });
    expect(await readRows(doctor)).toEqual(before);
  });

  it('without a login has an address that no doctor of another clinic can have', async () => {
    const doctor = createNewDoctor();
    await expect(addDoctorAs(doctor, createUserPool('unused', { inviteUser: throwCrash }))).rejects.toThrow('crash');
    await expect(addDoctorAs(doctor, createUserPool(), { clinic: otherClinicId })).rejects.toMatchObject({
      code: 'email_in_use',
    });
  });

  it('has only one login, which no other doctor can have', async () => {
    const [doctor, sub] = [createNewDoctor(), randomUUID()];
    const id = await addDoctorAs(doctor, createUserPool(sub));
    const otherDoctor = createNewDoctor();
    const pool = createUserPool(sub);
    await expect(addDoctorAs(otherDoctor, pool)).rejects.toMatchObject({ code: 'email_in_use' });
    expect(await readRows(otherDoctor)).toMatchObject([{ sub: null, active: false }]);
    expect(pool.members).toEqual([]);
    await expect(addDoctorAs(doctor, createUserPool())).rejects.toMatchObject({ code: 'email_in_use' });
    expect(await readRows(doctor)).toMatchObject([{ id, sub }]);
  });

  it('who was deactivated is not reactivated if they are added again', async () => {
    const doctor = createNewDoctor();
    const pool = createUserPool();
    const id = await addDoctorAs(doctor, pool);
    await owner.query('update doctors set active = false where id = $1', [id]);
    for (const details of [doctor, { ...doctor, name: 'Anna' }]) {
      await expect(addDoctorAs(details, pool)).rejects.toMatchObject({ code: 'email_in_use' });
    }
    expect(await readRows(doctor)).toMatchObject([{ id, name: 'Ana', active: false }]);
    expect(pool.members).toHaveLength(1);
  });

  it('can have the address of a patient, whose row stays unchanged', async () => {
    const [patientSub = ''] = await insertPatients(owner, 1);
    const patient = await readPatientRow(patientSub);
    const doctor = { ...createNewDoctor(), email: patient.email };
    const sub = randomUUID();
    await addDoctorAs(doctor, createUserPool(sub));
    expect(await readRows(doctor)).toMatchObject([{ sub, active: true }]);
    expect(await readPatientRow(patientSub)).toEqual(patient);
  });
});

describe('an admin', () => {
  const createNewAdmin = () => ({ email: `${randomUUID()}@example.com`, clinicId });
  const readRows = async ({ email }: { email: string }) =>
    (
      await owner.query(
        'select id, clinic_id as clinic, cognito_sub as sub, active from staff where lower(email) = lower($1)',
        [email],
      )
    ).rows;
  const isAdmin = async (sub: string) =>
    (await owner.query(`select is_admin from actor($1, '{admin}')`, [sub])).rows[0].is_admin;

  it('gets a row, a login, a group and an audit row with the operator as the actor', async () => {
    const [admin, sub] = [createNewAdmin(), randomUUID()];
    const pool = createUserPool(sub);
    const { staffId } = await createAdmin({ db: operator, userPool: pool.userPool }, admin);
    expect(await readRows(admin)).toEqual([{ id: staffId, clinic: clinicId, sub, active: true }]);
    expect(pool.members).toEqual([`${admin.email} admin`]);
    expect(await isAdmin(sub)).toBe(true);
    const { rows } = await owner.query(
      'select actor_role as role, action, entity, clinic_id as clinic from audit_log where entity_id = $1 order by id',
      [staffId],
    );
    expect(rows[0]).toEqual({ role: 'operator', action: 'create', entity: 'staff', clinic: clinicId });
  });

  it.each(CRASH_CASES)(
    'whose creation crashed $point is created once by the repeat',
    async ({ breakDb, change, isLinked }) => {
      const [admin, sub] = [createNewAdmin(), randomUUID()];
      const first = createAdmin({ db: breakDb(operator), userPool: createUserPool(sub, change).userPool }, admin);
      await expect(first).rejects.toThrow('crash');
      expect(await isAdmin(sub)).toBe(isLinked);

      const pool = createUserPool(sub);
      const { staffId } = await createAdmin({ db: operator, userPool: pool.userPool }, admin);
      expect(await readRows(admin)).toEqual([{ id: staffId, clinic: clinicId, sub, active: true }]);
      expect(pool.members).toEqual([`${admin.email} admin`]);
      expect(await isAdmin(sub)).toBe(true);
    },
  );

  it('can be moved to another clinic or to the platform, and reactivated after a deactivation', async () => {
    const [{ email }, sub] = [createNewAdmin(), randomUUID()];
    const { userPool } = createUserPool(sub);
    const { staffId } = await createAdmin({ db: operator, userPool }, { email, clinicId });
    await owner.query('update staff set active = false where id = $1', [staffId]);
    for (const clinic of [otherClinicId, undefined]) {
      const admin = { email: email.toUpperCase(), clinicId: clinic };
      expect(await createAdmin({ db: operator, userPool }, admin)).toEqual({ staffId });
      expect(await readRows({ email })).toEqual([{ id: staffId, clinic: clinic ?? null, sub, active: true }]);
    }
  });

  it('of a clinic that does not exist is not created or invited', async () => {
    const admin = { ...createNewAdmin(), clinicId: randomUUID() };
    const { userPool } = createUserPool('unused', { inviteUser: throwCrash });
    await expect(createAdmin({ db: operator, userPool }, admin)).rejects.toMatchObject({ code: 'not_found' });
    expect(await readRows(admin)).toEqual([]);
  });

  it('can have the address of a patient, whose row stays unchanged', async () => {
    const [patientSub = ''] = await insertPatients(owner, 1);
    const patient = await readPatientRow(patientSub);
    const admin = { ...createNewAdmin(), email: patient.email };
    const sub = randomUUID();
    await createAdmin({ db: operator, userPool: createUserPool(sub).userPool }, admin);
    expect(await readRows(admin)).toMatchObject([{ sub, active: true }]);
    expect(await readPatientRow(patientSub)).toEqual(patient);
  });

  it('has only one login', async () => {
    const [admin, sub] = [createNewAdmin(), randomUUID()];
    await createAdmin({ db: operator, userPool: createUserPool(sub).userPool }, admin);
    const pool = createUserPool();
    const again = createAdmin({ db: operator, userPool: pool.userPool }, admin);
    await expect(again).rejects.toMatchObject({ code: 'email_in_use' });
    expect(pool.members).toEqual([]);
    expect(await readRows(admin)).toMatchObject([{ sub }]);
  });
});
