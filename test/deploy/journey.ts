import assert from 'node:assert/strict';
import * as z from 'zod';
import { expectAnswer, openApi } from './api.ts';
import { badTokens } from './bad-tokens.ts';
import { openClinic } from './clinic.ts';
import { asDeployedOwner } from './owner.ts';
import { addSecondFactor, groupsIn, makeAdmin, type Pool, signIn, signUp } from './people.ts';
import { outputOf } from './stack.ts';
import { PROD, type Trial } from './trial.ts';

const made = z.object({ id: z.string(), status: z.string() });

/** Promise 2: the deployed API lets in whom it should, and a patient signs up, books and cancels. */
export async function checkJourney({ aws, step }: Trial): Promise<void> {
  const api = await openApi(aws);
  const pool = await poolOf(aws);

  const patient = await step('A sign-up becomes a patient: row and group', async () => {
    const email = await signUp(pool);
    const tokens = await signIn(pool, email);
    assert.deepEqual(groupsIn(tokens), ['patient']);
    const rows = await asDeployedOwner(aws, (db) => db.query('select name from patients where email = $1', [email]));
    assert.deepEqual(rows.rows, [{ name: 'Pat Test' }]);
    return { email, tokens };
  });
  const { access: token } = patient.tokens;

  await step('Only a valid access token opens a route: else 401', async () => {
    await expectAnswer(api, 'GET /me', 200, { token });
    for (const [what, bad] of await badTokens(pool, patient.email, patient.tokens)) {
      await expectAnswer(api, 'GET /me', 401, { token: bad }).catch((error: Error) => {
        throw new Error(`With ${what}: ${error.message}`);
      });
    }
  });
  await step('A patient is refused at a staff route: 403', () =>
    expectAnswer(api, 'POST /clinics', 403, { token, body: {} }),
  );

  const admin = await step('An admin has no rights without a second factor', async () => {
    const email = await makeAdmin(pool);
    const weak = await signIn(pool, email);
    assert.ok(![groupsIn(weak)].flat().includes('admin'));
    await expectAnswer(api, 'POST /clinics', 403, { token: weak.access, body: {} });
    return signIn(pool, email, await addSecondFactor(pool, weak.access));
  });
  const clinic = await step('With one an admin opens a clinic', () => openClinic(api, admin.access));
  await step('A patient books, sees it and cancels; a rival may not', async () => {
    const rival = await signIn(pool, await signUp(pool));
    const body = { clinicId: clinic.id, startTime: clinic.startTime };
    const booked = made.parse(await expectAnswer(api, 'POST /appointments', 201, { token, body }));
    assert.equal(booked.status, 'booked');
    const seen = made.parse(await expectAnswer(api, `GET /appointments/${booked.id}`, 200, { token }));
    assert.equal(seen.status, 'booked');
    await expectAnswer(api, 'POST /appointments', 409, { token: rival.access, body });
    await expectAnswer(api, `GET /appointments/${booked.id}`, 404, { token: rival.access });
    const cancel = `POST /appointments/${booked.id}/cancel`;
    await expectAnswer(api, cancel, 404, { token: rival.access, body: {} });
    const cancelled = made.parse(await expectAnswer(api, cancel, 200, { token, body: {} }));
    assert.equal(cancelled.status, 'cancelled');
    await expectAnswer(api, 'POST /appointments', 201, { token: rival.access, body });
  });
}

/** Prod's own user pool. */
async function poolOf(aws: Trial['aws']): Promise<Pool> {
  const [UserPoolId, ClientId] = await Promise.all(
    ['UserPoolId', 'UserPoolClientId'].map((name) => outputOf(aws, PROD.identity, name)),
  );
  return { aws, UserPoolId: UserPoolId ?? '', ClientId: ClientId ?? '' };
}
