import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../../lambdas/accounts/create-admin.ts';
import type { UserPool } from '../../lambdas/accounts/user-pool.ts';
import { addDoctor } from '../../lambdas/doctors/add-doctor.ts';
import { findDoctor, listDoctors } from '../../lambdas/doctors/doctors.sql.ts';
import type { NewDoctor } from '../../lambdas/doctors/new-doctor.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { insertAdmin, insertClinic, insertPatients } from '../support/clinic.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

let database: TestDatabase;
let owner: pg.Client;
let staffApi: Db;
let operator: Db;
let everybody: Db;
let clinicId: string;
let otherClinicId: string;
let adminSub: string;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  [staffApi, operator, everybody] = [
    database.as('staff_api'),
    database.as('create_admin'),
    database.as('availability_api'),
  ];
  clinicId = (await insertClinic(owner)).clinicId;
  otherClinicId = (await insertClinic(owner)).clinicId;
  adminSub = await insertAdmin(owner);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

/** A pool in which everybody has one login, and who was put into which group. */
function poolOf(sub: string = randomUUID(), change: Partial<UserPool> = {}) {
  const members: string[] = [];
  const userPool: UserPool = {
    findUser: () => Promise.reject(new Error('not asked for')),
    inviteUser: () => Promise.resolve(sub),
    addToGroup: async (username, group) => void members.push(`${username} ${group}`),
    ...change,
  };
  return { userPool, members };
}

const crash = () => Promise.reject(new Error('crash'));

/** Fails at the given statement, before or after the database has done it. */
function failingAt(db: Db, statement: number, when: 'before' | 'after'): Db {
  let count = 0;
  return {
    query: async (text, values) => {
      count += 1;
      if (count === statement && when === 'before') throw new Error('crash');
      const result = await db.query<never>(text, values);
      if (count === statement) throw new Error('crash');
      return result;
    },
  };
}

interface Crash {
  readonly where: string;
  readonly broken: (db: Db) => Db;
  readonly change?: Partial<UserPool>;
  /** Whether the login was linked by then. */
  readonly linked: boolean;
}

const whole = (db: Db) => db;
const CRASHES: readonly Crash[] = [
  { where: 'before the row', broken: (db) => failingAt(db, 1, 'before'), linked: false },
  { where: 'after the row', broken: (db) => failingAt(db, 1, 'after'), linked: false },
  { where: 'at the invitation', broken: whole, change: { inviteUser: crash }, linked: false },
  { where: 'before the link', broken: (db) => failingAt(db, 2, 'before'), linked: false },
  { where: 'after the link', broken: (db) => failingAt(db, 2, 'after'), linked: true },
  { where: 'at the group', broken: whole, change: { addToGroup: crash }, linked: true },
];

const patientRow = async (sub: string) =>
  (await owner.query('select * from patients where cognito_sub = $1', [sub])).rows;

describe('a doctor', () => {
  const newDoctor = (): NewDoctor => ({
    name: 'Ana',
    email: `${randomUUID()}@example.com`,
    specialization: 'Cardiology',
    fee: { amount: 100, currency: 'EUR' },
    experienceYears: 3,
  });
  const add = (doctor: NewDoctor, { userPool } = poolOf(), { db = staffApi, clinic = clinicId } = {}) =>
    addDoctor(
      { db, userPool },
      { sub: adminSub, groups: ['admin'], requestId: randomUUID(), clinicId: clinic, doctor },
    );
  const rowsOf = async ({ email }: NewDoctor) =>
    (
      await owner.query(
        'select id, name, fee_amount as fee, cognito_sub as sub, active from doctors where lower(email) = lower($1)',
        [email],
      )
    ).rows;
  const isShown = async (doctorId: string) => {
    const listed = await listDoctors(everybody, { clinicId, specialization: undefined }, undefined, 1000);
    const found = await findDoctor(everybody, doctorId);
    expect(listed.some(({ id }) => id === doctorId)).toBe(found !== undefined);
    return found !== undefined;
  };

  it('gets a row, a login and the group', async () => {
    const [doctor, sub] = [newDoctor(), randomUUID()];
    const pool = poolOf(sub);
    const id = await add(doctor, pool);
    expect(await rowsOf(doctor)).toEqual([{ id, name: 'Ana', fee: 100, sub, active: true }]);
    expect(pool.members).toEqual([`${doctor.email} doctor`]);
    expect(await isShown(id)).toBe(true);
  });

  it.each(CRASHES)('whose adding broke off $where is added by the repeat, once', async ({ broken, change, linked }) => {
    const [doctor, sub] = [newDoctor(), randomUUID()];
    await expect(add(doctor, poolOf(sub, change), { db: broken(staffApi) })).rejects.toThrow('crash');
    const [left] = await rowsOf(doctor);
    if (left) expect(await isShown(left.id)).toBe(linked);

    const pool = poolOf(sub);
    const id = await add(doctor, pool);
    expect(await add({ ...doctor, email: doctor.email.toUpperCase() }, pool)).toBe(id);
    expect(await rowsOf(doctor)).toMatchObject([{ id, sub, active: true }]);
    expect(pool.members[0]).toBe(`${doctor.email} doctor`);
    expect(await isShown(id)).toBe(true);
  });

  it.each(CRASHES)('whose adding broke off $where can be corrected until they have the login', async (at) => {
    const [doctor, sub] = [newDoctor(), randomUUID()];
    await expect(add(doctor, poolOf(sub, at.change), { db: at.broken(staffApi) })).rejects.toThrow('crash');
    const corrected = { ...doctor, name: 'Anna', fee: { amount: 200, currency: 'EUR' } };
    const repeat = add(corrected, poolOf(sub));
    if (at.linked) await expect(repeat).rejects.toMatchObject({ refusal: 'email_in_use' });
    else await repeat;
    const said = at.linked ? { name: 'Ana', fee: 100 } : { name: 'Anna', fee: 200 };
    expect(await rowsOf(doctor)).toMatchObject([{ ...said, sub, active: true }]);
  });

  it('added twenty times at once is one', async () => {
    const doctor = newDoctor();
    const pool = poolOf();
    const connections = Array.from({ length: 5 }, () => database.as('staff_api'));
    const added = await Promise.all(
      Array.from({ length: 20 }, (_, index) => add(doctor, pool, { db: connections[index % 5] ?? staffApi })),
    );
    expect(new Set(added).size).toBe(1);
    expect(await rowsOf(doctor)).toMatchObject([{ id: added[0], active: true }]);
  });

  it('keeps their address to themselves, in any case and at any clinic', async () => {
    const doctor = newDoctor();
    const pool = poolOf();
    await add(doctor, pool);
    const before = await rowsOf(doctor);
    const other = { ...doctor, email: doctor.email.toUpperCase(), name: 'Somebody else' };
    await expect(add(other, pool)).rejects.toMatchObject({ refusal: 'email_in_use' });
    await expect(add(doctor, pool, { clinic: otherClinicId })).rejects.toMatchObject({ refusal: 'email_in_use' });
    expect(await rowsOf(doctor)).toEqual(before);
  });

  it('without a login yet keeps it at another clinic, too', async () => {
    const doctor = newDoctor();
    await expect(add(doctor, poolOf('unused', { inviteUser: crash }))).rejects.toThrow('crash');
    await expect(add(doctor, poolOf(), { clinic: otherClinicId })).rejects.toMatchObject({ refusal: 'email_in_use' });
  });

  it('keeps their login to themselves, and has no other', async () => {
    const [doctor, sub] = [newDoctor(), randomUUID()];
    const id = await add(doctor, poolOf(sub));
    const thief = newDoctor();
    const pool = poolOf(sub);
    await expect(add(thief, pool)).rejects.toMatchObject({ refusal: 'email_in_use' });
    expect(await rowsOf(thief)).toMatchObject([{ sub: null, active: false }]);
    expect(pool.members).toEqual([]);
    await expect(add(doctor, poolOf())).rejects.toMatchObject({ refusal: 'email_in_use' });
    expect(await rowsOf(doctor)).toMatchObject([{ id, sub }]);
  });

  it('who was dismissed is not brought back by adding them again', async () => {
    const doctor = newDoctor();
    const pool = poolOf();
    const id = await add(doctor, pool);
    await owner.query('update doctors set active = false where id = $1', [id]);
    for (const details of [doctor, { ...doctor, name: 'Anna' }]) {
      await expect(add(details, pool)).rejects.toMatchObject({ refusal: 'email_in_use' });
    }
    expect(await rowsOf(doctor)).toMatchObject([{ id, name: 'Ana', active: false }]);
    expect(pool.members).toHaveLength(1);
  });

  it('is not made of a patient, who stays what they are', async () => {
    const [sub = ''] = await insertPatients(owner, 1);
    const before = await patientRow(sub);
    const doctor = newDoctor();
    const pool = poolOf(sub);
    await expect(add(doctor, pool)).rejects.toMatchObject({ refusal: 'email_in_use' });
    expect(pool.members).toEqual([]);
    expect(await patientRow(sub)).toEqual(before);
    const [left] = await rowsOf(doctor);
    expect(left).toMatchObject({ sub: null, active: false });
    expect(await isShown(left.id)).toBe(false);
  });
});

describe('an admin', () => {
  const newAdmin = () => ({ email: `${randomUUID()}@example.com`, clinicId });
  const rowsOf = async ({ email }: { email: string }) =>
    (
      await owner.query(
        'select id, clinic_id as clinic, cognito_sub as sub, active from staff where lower(email) = lower($1)',
        [email],
      )
    ).rows;
  const isAdmin = async (sub: string) =>
    (await owner.query(`select is_admin from actor($1, '{admin}')`, [sub])).rows[0].is_admin;

  it('gets a row, a login and the group, which is noted as the operator’s doing', async () => {
    const [admin, sub] = [newAdmin(), randomUUID()];
    const pool = poolOf(sub);
    const { staffId } = await createAdmin({ db: operator, userPool: pool.userPool }, admin);
    expect(await rowsOf(admin)).toEqual([{ id: staffId, clinic: clinicId, sub, active: true }]);
    expect(pool.members).toEqual([`${admin.email} admin`]);
    expect(await isAdmin(sub)).toBe(true);
    const { rows } = await owner.query(
      'select actor_role as role, action, entity, clinic_id as clinic from audit_log where entity_id = $1 order by id',
      [staffId],
    );
    expect(rows[0]).toEqual({ role: 'operator', action: 'create', entity: 'staff', clinic: clinicId });
  });

  it.each(CRASHES)('whose making broke off $where is made by the repeat, once', async ({ broken, change, linked }) => {
    const [admin, sub] = [newAdmin(), randomUUID()];
    const first = createAdmin({ db: broken(operator), userPool: poolOf(sub, change).userPool }, admin);
    await expect(first).rejects.toThrow('crash');
    expect(await isAdmin(sub)).toBe(linked);

    const pool = poolOf(sub);
    const { staffId } = await createAdmin({ db: operator, userPool: pool.userPool }, admin);
    expect(await rowsOf(admin)).toEqual([{ id: staffId, clinic: clinicId, sub, active: true }]);
    expect(pool.members).toEqual([`${admin.email} admin`]);
    expect(await isAdmin(sub)).toBe(true);
  });

  it('may be moved to another clinic or to the platform, and brought back after they were dismissed', async () => {
    const [{ email }, sub] = [newAdmin(), randomUUID()];
    const { userPool } = poolOf(sub);
    const { staffId } = await createAdmin({ db: operator, userPool }, { email, clinicId });
    await owner.query('update staff set active = false where id = $1', [staffId]);
    for (const clinic of [otherClinicId, undefined]) {
      const admin = { email: email.toUpperCase(), clinicId: clinic };
      expect(await createAdmin({ db: operator, userPool }, admin)).toEqual({ staffId });
      expect(await rowsOf({ email })).toEqual([{ id: staffId, clinic: clinic ?? null, sub, active: true }]);
    }
  });

  it('of a clinic that does not exist is nobody, and nobody is invited', async () => {
    const admin = { ...newAdmin(), clinicId: randomUUID() };
    const { userPool } = poolOf('unused', { inviteUser: crash });
    await expect(createAdmin({ db: operator, userPool }, admin)).rejects.toMatchObject({ refusal: 'not_found' });
    expect(await rowsOf(admin)).toEqual([]);
  });

  it('is not made of a patient, who stays what they are', async () => {
    const [sub = ''] = await insertPatients(owner, 1);
    const before = await patientRow(sub);
    const pool = poolOf(sub);
    const making = createAdmin({ db: operator, userPool: pool.userPool }, newAdmin());
    await expect(making).rejects.toMatchObject({ refusal: 'email_in_use' });
    expect(pool.members).toEqual([]);
    expect(await patientRow(sub)).toEqual(before);
    expect(await isAdmin(sub)).toBe(false);
  });

  it('has one login', async () => {
    const [admin, sub] = [newAdmin(), randomUUID()];
    await createAdmin({ db: operator, userPool: poolOf(sub).userPool }, admin);
    const pool = poolOf();
    const again = createAdmin({ db: operator, userPool: pool.userPool }, admin);
    await expect(again).rejects.toMatchObject({ refusal: 'email_in_use' });
    expect(pool.members).toEqual([]);
    expect(await rowsOf(admin)).toMatchObject([{ sub }]);
  });
});
