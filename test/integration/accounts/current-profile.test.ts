import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { getCurrentProfile } from '../../../lambdas/accounts/get-current-profile.ts';
import type { PoolUser } from '../../../lambdas/accounts/user-pool.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { insertAdmin, insertClinic, insertPatients } from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

let database: TestDatabase;
let owner: pg.Client;
let db: Db;
let sub: string;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  db = database.connectAs('patient_api');
  [sub = ''] = await insertPatients(owner, 1);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const createEmailAddress = () => `${randomUUID()}@example.com`;

/** Creates a user pool with one user. */
const createUserPool = (user: Partial<PoolUser> | undefined) => ({
  findUser: async () => user && { sub, name: 'Pat', email: null, phone: null, isConfirmed: true, ...user },
});
const readProfile = (
  userPool: Parameters<typeof getCurrentProfile>[0]['userPool'],
  groups: readonly 'patient'[] = ['patient'],
) => getCurrentProfile({ db, userPool }, { sub, username: 'user-name', groups }, randomUUID());
const readStoredEmail = async () =>
  (await owner.query('select email from patients where cognito_sub = $1', [sub])).rows[0]?.email;
const readAuditedChanges = async () =>
  (
    await owner.query(
      `select actor_sub, actor_role, changed_fields from audit_log
       join patients on patients.id = entity_id where cognito_sub = $1 and action = 'change'`,
      [sub],
    )
  ).rows;

describe("a patient's profile", () => {
  it('gets the latest verified address, in the response and the row, and one audit row without the address', async () => {
    const email = createEmailAddress();
    for (let times = 0; times < 3; times += 1) {
      expect(await readProfile(createUserPool({ email }))).toMatchObject({ role: 'patient', email });
    }
    expect(await readStoredEmail()).toBe(email);
    expect(await readAuditedChanges()).toEqual([{ actor_sub: sub, actor_role: 'patient', changed_fields: ['email'] }]);
  });

  it.each<[string, () => Parameters<typeof createUserPool>[0]]>([
    ['is not verified', () => ({ email: null })],
    ['belongs to another user', () => ({ email: createEmailAddress(), sub: randomUUID() })],
    ['belongs to a user who no longer exists', () => undefined],
  ])('keeps its address if the address in the pool %s', async (_, createUser) => {
    const before = await readStoredEmail();
    expect(await readProfile(createUserPool(createUser()))).toMatchObject({ email: before });
    expect(await readStoredEmail()).toBe(before);
  });

  it.each(['doctors', 'staff'])('keeps its address if the new one, in upper or lower case, is in %s', async (table) => {
    const before = await readStoredEmail();
    await insertClinic(owner);
    await insertAdmin(owner);
    const { rows } = await owner.query(`select upper(email) as email from ${table} limit 1`);
    expect(await readProfile(createUserPool({ email: rows[0].email }))).toMatchObject({ email: before });
    expect(await readStoredEmail()).toBe(before);
  });

  it('is returned unchanged if the pool fails', async () => {
    const broken = { findUser: () => Promise.reject(new Error('throttled')) };
    expect(await readProfile(broken)).toMatchObject({ role: 'patient', email: await readStoredEmail() });
  });

  it('does not exist for a caller without a group, and the pool is not called', async () => {
    const findUser = vi.fn();
    expect(await readProfile({ findUser }, [])).toBeNull();
    expect(findUser).not.toHaveBeenCalled();
  });

  it('is not updated after the patient was deactivated', async () => {
    const before = await readStoredEmail();
    await owner.query('update patients set active = false where cognito_sub = $1', [sub]);
    const { rows } = await db.query<{ followed: boolean }>('select sync_verified_email($1, $2, $3) as followed', [
      sub,
      createEmailAddress(),
      randomUUID(),
    ]);
    expect(rows).toEqual([{ followed: false }]);
    expect(await readProfile(createUserPool({ email: createEmailAddress() }))).toBeNull();
    expect(await readStoredEmail()).toBe(before);
  });
});

it("a doctor's address is not read from the pool, because an admin sets it", async () => {
  const { doctorIds } = await insertClinic(owner);
  const findUser = vi.fn();
  const caller = { sub: `doctor-${doctorIds[0]}`, username: 'doctor', groups: ['doctor'] as const };
  expect(await getCurrentProfile({ db, userPool: { findUser } }, caller, randomUUID())).toMatchObject({
    role: 'doctor',
  });
  expect(findUser).not.toHaveBeenCalled();
});
