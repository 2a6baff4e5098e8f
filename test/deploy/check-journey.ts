import assert from 'node:assert/strict';
import { AdminAddUserToGroupCommand, CreateGroupCommand } from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod';
import { createBadTokens } from './bad-tokens.ts';
import { expectStatus, findApiUrl } from './call-api.ts';
import { type CheckContext, PROD } from './check-context.ts';
import { withDatabaseOwner } from './database-owner.ts';
import { openClinic } from './open-clinic.ts';
import { readOutput } from './stack.ts';
import { acceptInvitation, createAdmin, readGroups, signIn, signUp, type UserPoolClientIds } from './users.ts';

const appointmentSchema = z.object({ id: z.string(), status: z.string() });

/** Guarantee 2: the deployed API refuses unauthorized requests, and a patient can sign up, book and cancel. */
export async function checkJourney({ aws, step }: CheckContext): Promise<void> {
  const api = await findApiUrl(aws);
  const pool = await findUserPool(aws, '');
  const staffPool = await findUserPool(aws, 'Staff');

  const patient = await step('A sign-up creates a patient: row and group', async () => {
    const email = await signUp(pool);
    const tokens = await signIn(pool, email);
    assert.deepEqual(readGroups(tokens), ['patient']);
    const rows = await withDatabaseOwner(aws, (db) => db.query('select name from patients where email = $1', [email]));
    assert.deepEqual(rows.rows, [{ name: 'Pat Test' }]);
    return { email, tokens };
  });
  const { access: token } = patient.tokens;

  await step('A route returns 401 without a valid token', async () => {
    await expectStatus(api, 'GET /me', 200, { token });
    for (const [problem, badToken] of await createBadTokens(pool, patient.email, patient.tokens)) {
      await expectStatus(api, 'GET /me', 401, { token: badToken }).catch((error: Error) => {
        throw new Error(`With ${problem}: ${error.message}`);
      });
    }
  });
  await step('A staff route returns 403 to a patient', () =>
    expectStatus(api, 'POST /clinics', 403, { token, body: {} }),
  );

  await step('A group of staff in the pool of patients gives no rights', async () => {
    const group = { UserPoolId: pool.UserPoolId, GroupName: 'admin' };
    await aws.cognito.send(new CreateGroupCommand(group));
    await aws.cognito.send(new AdminAddUserToGroupCommand({ ...group, Username: patient.email }));
    const tokens = await signIn(pool, patient.email);
    assert.ok([readGroups(tokens)].flat().includes('admin'));
    await expectStatus(api, 'POST /clinics', 403, { token: tokens.access, body: {} });
  });
  const admin = await step('An admin gets no token without a second factor', async () => {
    const email = await createAdmin(staffPool);
    const { tokens, appSecret } = await acceptInvitation(staffPool, email);
    assert.deepEqual(readGroups(tokens), ['admin']);
    await assert.rejects(signIn(staffPool, email), /SOFTWARE_TOKEN_MFA/);
    return signIn(staffPool, email, appSecret);
  });
  const clinic = await step('An admin with a second factor opens a clinic', () => openClinic(api, admin.access));
  await step('Only its patient reads or cancels a booking', async () => {
    const rival = await signIn(pool, await signUp(pool));
    const body = { clinicId: clinic.id, startTime: clinic.startTime };
    const booked = appointmentSchema.parse(await expectStatus(api, 'POST /appointments', 201, { token, body }));
    assert.equal(booked.status, 'booked');
    const stored = appointmentSchema.parse(await expectStatus(api, `GET /appointments/${booked.id}`, 200, { token }));
    assert.equal(stored.status, 'booked');
    await expectStatus(api, 'POST /appointments', 409, { token: rival.access, body });
    await expectStatus(api, `GET /appointments/${booked.id}`, 404, { token: rival.access });
    const cancel = `POST /appointments/${booked.id}/cancel`;
    await expectStatus(api, cancel, 404, { token: rival.access, body: {} });
    const cancelled = appointmentSchema.parse(await expectStatus(api, cancel, 200, { token, body: {} }));
    assert.equal(cancelled.status, 'cancelled');
    await expectStatus(api, 'POST /appointments', 201, { token: rival.access, body });
  });
}

/** Returns a user pool of prod and its client: that of patients, or with the prefix `Staff` that of staff. */
async function findUserPool(aws: CheckContext['aws'], prefix: '' | 'Staff'): Promise<UserPoolClientIds> {
  const [UserPoolId, ClientId] = await Promise.all(
    ['UserPoolId', 'UserPoolClientId'].map((name) => readOutput(aws, PROD.identity, prefix + name)),
  );
  return { aws, UserPoolId: UserPoolId ?? '', ClientId: ClientId ?? '' };
}
