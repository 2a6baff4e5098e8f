import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { getCurrentProfile } from '../../../lambdas/accounts/get-current-profile.ts';
import type { PoolUser } from '../../../lambdas/accounts/user-pool.ts';
import type { Caller } from '../../../lambdas/shared/http/caller.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { insertClinic, insertPatients } from '../../support/clinic/insert-clinic.ts';
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

let tokenSeconds = Date.parse('2030-01-01') / 1000;
/** Returns the time of a token that is newer than all others. */
const issueToken = () => new Date(1000 * ++tokenSeconds);

/** Creates a user pool with one user. */
const createUserPool = (user: Partial<PoolUser> | undefined) => ({
  findUser: vi.fn(async () => user && { sub, name: 'Pat', email: null, phone: null, isConfirmed: true, ...user }),
});
const readProfile = (
  userPool: Parameters<typeof getCurrentProfile>[0]['userPool'],
  { tokenIssuedAt = issueToken(), groups = ['patient'] }: Partial<Pick<Caller, 'tokenIssuedAt' | 'groups'>> = {},
) =>
  getCurrentProfile(
    { db, userPool },
    { sub, username: 'user-name', pool: 'patients', groups, tokenIssuedAt },
    randomUUID(),
  );
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

  it('calls the pool once for each token, and not for older ones', async () => {
    const [olderToken, token] = [issueToken(), issueToken()];
    const userPool = createUserPool({ email: createEmailAddress() });
    for (const tokenIssuedAt of [token, token, olderToken]) await readProfile(userPool, { tokenIssuedAt });
    expect(userPool.findUser).toHaveBeenCalledTimes(1);
    const email = createEmailAddress();
    expect(await readProfile(createUserPool({ email }), { tokenIssuedAt: token })).not.toMatchObject({ email });
    expect(await readProfile(createUserPool({ email }))).toMatchObject({ email });
  });

  it('calls the pool each time if the time of the token is unknown', async () => {
    const userPool = createUserPool({ email: createEmailAddress() });
    for (let times = 0; times < 2; times += 1) await readProfile(userPool, { tokenIssuedAt: null });
    expect(userPool.findUser).toHaveBeenCalledTimes(2);
  });

  it('keeps the address of a newer token if the pool responds late to an older one', async () => {
    const [olderToken, token] = [issueToken(), issueToken()];
    const email = createEmailAddress();
    const latePool = {
      findUser: async () => {
        await readProfile(createUserPool({ email }), { tokenIssuedAt: token });
        return createUserPool({ email: createEmailAddress() }).findUser();
      },
    };
    await readProfile(latePool, { tokenIssuedAt: olderToken });
    expect(await readStoredEmail()).toBe(email);
  });

  it('is returned unchanged if the pool fails, and the next call tries again', async () => {
    const tokenIssuedAt = issueToken();
    const broken = { findUser: () => Promise.reject(new Error('throttled')) };
    expect(await readProfile(broken, { tokenIssuedAt })).toMatchObject({
      role: 'patient',
      email: await readStoredEmail(),
    });
    const email = createEmailAddress();
    expect(await readProfile(createUserPool({ email }), { tokenIssuedAt })).toMatchObject({ email });
  });

  it('does not exist for a caller without a group, and the pool is not called', async () => {
    const userPool = createUserPool({});
    expect(await readProfile(userPool, { groups: [] })).toBeNull();
    expect(userPool.findUser).not.toHaveBeenCalled();
  });

  it('is not updated after the patient was deactivated', async () => {
    const before = await readStoredEmail();
    await owner.query('update patients set active = false where cognito_sub = $1', [sub]);
    const { rows } = await db.query<{ changed: boolean }>('select sync_verified_email($1, $2, $3, $4) as changed', [
      sub,
      createEmailAddress(),
      issueToken(),
      randomUUID(),
    ]);
    expect(rows).toEqual([{ changed: false }]);
    expect(await readProfile(createUserPool({ email: createEmailAddress() }))).toBeNull();
    expect(await readStoredEmail()).toBe(before);
  });
});

it("a doctor's address is not read from the pool, because an admin sets it", async () => {
  const { doctorIds } = await insertClinic(owner);
  const userPool = createUserPool({});
  const caller: Caller = {
    sub: `doctor-${doctorIds[0]}`,
    username: 'doctor',
    pool: 'staff',
    groups: ['doctor'],
    tokenIssuedAt: issueToken(),
  };
  expect(await getCurrentProfile({ db, userPool }, caller, randomUUID())).toMatchObject({ role: 'doctor' });
  expect(userPool.findUser).not.toHaveBeenCalled();
});
