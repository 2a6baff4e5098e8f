import { randomUUID } from 'node:crypto';
import { InitiateAuthCommand, RespondToAuthChallengeCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, describe, expect, it } from 'vitest';
import { profile } from '../../lambdas/accounts/profile.ts';
import { appointment } from '../../lambdas/appointments/appointment.ts';
import { clinic } from '../../lambdas/clinics/clinic.ts';
import { addedDoctor } from '../../lambdas/doctors/doctor.ts';
import { scheduleEntry, workingHoursChange, workingHoursList } from '../../lambdas/schedules/schedule.ts';
import { pageOf } from '../../lambdas/shared/http/page.ts';
import { done, refused } from '../support/answers.ts';
import { call } from '../support/http.ts';
import { demoToken, newPatients, newUser, PASSWORD, signIn, userPool } from '../support/logins.ts';
import { newestMailTo, secretOf } from '../support/mailbox.ts';
import { CLINIC, freeTimes, newDoctor, openClinic } from '../support/new-clinic.ts';
import { runProgram } from '../support/program.ts';

/** The first sign-in of somebody invited: with the password of the mail, which must be replaced at once. */
async function acceptInvitation(email: string): Promise<string> {
  const { client, ClientId } = userPool();
  const AuthParameters = { USERNAME: email, PASSWORD: secretOf(await newestMailTo(email)) };
  const { ChallengeName, Session } = await client.send(
    new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters }),
  );
  expect(ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
  const ChallengeResponses = { USERNAME: email, NEW_PASSWORD: PASSWORD };
  await client.send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session,
      ChallengeResponses,
    }),
  );
  return (await signIn(email)).accessToken;
}

describe('an admin of the platform', () => {
  const doctor = { ...newDoctor(), fee: { amount: 6500, currency: 'EUR' }, experienceYears: 7 };
  let admin: string;
  let clinicId: string;
  let doctorId: string;
  let doctorToken: string;

  beforeAll(async () => {
    admin = await demoToken('admin');
  });

  it('opens a clinic, which everybody sees', async () => {
    const made = done(await call('POST /clinics', { token: admin, body: CLINIC }), 201, clinic);
    expect(made).toMatchObject({ ...CLINIC, slotMinutes: 30, noticeMinutes: 60, horizonDays: 30 });
    expect(done(await call(`GET /clinics/${made.id}`), 200, clinic)).toEqual(made);
    clinicId = made.id;
  });

  it('adds a doctor, and by a repeat nobody else', async () => {
    const add = () => call(`POST /clinics/${clinicId}/doctors`, { token: admin, body: doctor });
    const added = done(await add(), 201, addedDoctor);
    expect(added).toMatchObject({ ...doctor, clinicId, bio: null, phone: null });
    expect(done(await add(), 201, addedDoctor)).toEqual(added);
    const shouted = { ...doctor, email: doctor.email.toUpperCase() };
    const again = await call(`POST /clinics/${clinicId.toUpperCase()}/doctors`, { token: admin, body: shouted });
    expect(done(again, 201, addedDoctor)).toEqual(added);
    expect((await call(`GET /doctors?clinicId=${clinicId}`)).body).toMatchObject({ items: [{ id: added.id }] });
    doctorId = added.id;
  });

  it('does not give one address to two doctors', async () => {
    const body = { ...doctor, name: 'Dr. Other' };
    refused(await call(`POST /clinics/${clinicId}/doctors`, { token: admin, body }), 409, 'email_in_use');
  });

  it('makes no doctor of a patient, who stays a patient', async () => {
    const { email, token } = await newPatient();
    const before = done(await call('GET /me', { token }), 200, profile);
    const body = { ...newDoctor(), email };
    refused(await call(`POST /clinics/${clinicId}/doctors`, { token: admin, body }), 409, 'email_in_use');
    expect((await call(`GET /doctors?clinicId=${clinicId}`)).body).toMatchObject({ items: [{ id: doctorId }] });
    const { accessToken: fresh } = await signIn(email);
    expect(done(await call('GET /me', { token: fresh }), 200, profile)).toEqual(before);
  });

  it("keeps the doctor's address from the public", async () => {
    const { body } = await call(`GET /doctors/${doctorId}`);
    expect(body).toMatchObject({ id: doctorId, name: doctor.name });
    expect(Object.keys(Object(body))).not.toEqual(expect.arrayContaining(['email']));
    expect(Object.keys(Object(body))).not.toEqual(expect.arrayContaining(['phone']));
  });

  it('sets working hours, and the times appear', async () => {
    expect(await freeTimes(clinicId)).toEqual([]);
    const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '10:00', end: '11:00' }));
    const answer = await call(`POST /doctors/${doctorId}/availability`, { token: admin, body: { hours } });
    const change = done(answer, 201, workingHoursChange);
    expect(change).toMatchObject({ slotsWithdrawn: 0, conflicts: [] });
    expect(change.hours).toMatchObject(hours.map((given) => ({ ...given, capacity: 1, validTo: null })));
    const times = await freeTimes(clinicId);
    expect(times).toHaveLength(2 * 7);
    expect(new Set(times.map((time) => time.slice(11)))).toEqual(new Set(['10:00:00Z', '10:30:00Z']));
  });

  it('had the doctor invited, who signs in with a password of their own', async () => {
    doctorToken = await acceptInvitation(doctor.email);
    const mine = done(await call('GET /me', { token: doctorToken }), 200, profile);
    expect(mine).toMatchObject({ id: doctorId, role: 'doctor', clinicId, email: doctor.email });
  });

  it('the doctor sees who comes, and what for', async () => {
    const [patient = ''] = await newPatients(1);
    const [startTime = ''] = await freeTimes(clinicId);
    const body = { clinicId, startTime, reason: 'A cough' };
    const booked = done(await call('POST /appointments', { token: patient, body }), 201, appointment);
    const query = `from=${startTime}&to=${new Date(Date.parse(startTime) + 3_600_000).toISOString()}`;
    const answer = await call(`GET /doctors/${doctorId}/schedule?${query}`, { token: doctorToken });
    const [taken, free] = done(answer, 200, pageOf(scheduleEntry)).items;
    const { id, reference } = booked;
    const patientSeen = { id: expect.any(String), name: 'Pat Test' };
    expect(taken).toMatchObject({
      startTime,
      status: 'booked',
      appointment: { id, reference, reason: 'A cough', patient: patientSeen },
    });
    expect(free).toMatchObject({ status: 'free' });
    expect(free?.appointment).toBeUndefined();
  });

  it('the doctor reads and changes their own hours, and those of nobody else', async () => {
    const { doctorIds } = await openClinic();
    const read = (id: string | undefined) => call(`GET /doctors/${id}/availability`, { token: doctorToken });
    expect(done(await read(doctorId), 200, workingHoursList).hours).toHaveLength(7);
    refused(await read(doctorIds[0]), 404, 'not_found');
    const change = { token: doctorToken, body: { hours: [] } };
    refused(await call(`POST /doctors/${doctorIds[0]}/availability`, change), 404, 'not_found');
    const own = done(await call(`POST /doctors/${doctorId}/availability`, change), 201, workingHoursChange);
    // The booked time is no longer the doctor's: it is told, and stays booked.
    expect(own.conflicts).toHaveLength(1);
    expect(await freeTimes(clinicId)).toEqual([]);
  });
});

/** A patient who can sign in again. */
async function newPatient(): Promise<{ email: string; token: string }> {
  const { email } = await newUser();
  const { accessToken: stale } = await signIn(email);
  refused(await call('GET /me', { token: stale }), 401, 'fresh_token_required');
  return { email, token: (await signIn(email)).accessToken };
}

describe('an admin of one clinic, made by the operator', () => {
  const email = `${randomUUID()}@example.com`;
  let own: Awaited<ReturnType<typeof openClinic>>;
  let other: Awaited<ReturnType<typeof openClinic>>;
  let token: string;

  beforeAll(async () => {
    own = await openClinic();
    other = await openClinic();
    const create = (address = email) => runProgram('bin/admin.ts', ['create', address, '--clinic', own.clinicId]);
    expect(await create()).toBe(`${email} is an admin now.\n`);
    expect(await create(email.toUpperCase())).toContain('is an admin now.');
    token = await acceptInvitation(email);
  });

  it('adds doctors and sets hours there', async () => {
    const answer = await call(`POST /clinics/${own.clinicId}/doctors`, { token, body: newDoctor() });
    const { id } = done(answer, 201, addedDoctor);
    const hours = [{ weekday: 1, start: '09:00', end: '12:00' }];
    done(await call(`POST /doctors/${id}/availability`, { token, body: { hours } }), 201, workingHoursChange);
  });

  it('opens no clinic', async () => {
    refused(await call('POST /clinics', { token, body: CLINIC }), 403, 'forbidden');
  });

  it('finds nothing elsewhere', async () => {
    const [doctorId] = other.doctorIds;
    const day = `from=${other.times[0]}&to=${other.times[1]}`;
    const body = { hours: [] };
    refused(await call(`POST /clinics/${other.clinicId}/doctors`, { token, body: newDoctor() }), 404, 'not_found');
    refused(await call(`GET /doctors/${doctorId}/availability`, { token }), 404, 'not_found');
    refused(await call(`POST /doctors/${doctorId}/availability`, { token, body }), 404, 'not_found');
    refused(await call(`GET /doctors/${doctorId}/schedule?${day}`, { token }), 404, 'not_found');
  });

  it('sees and cancels the appointments of the own clinic only', async () => {
    const [patient = ''] = await newPatients(1);
    const [here, there] = await Promise.all(
      [own, other].map(async ({ clinicId, times }, index) => {
        const body = { clinicId, startTime: times[index] };
        return done(await call('POST /appointments', { token: patient, body }), 201, appointment);
      }),
    );
    refused(await call(`GET /appointments/${there?.id}`, { token }), 404, 'not_found');
    refused(await call(`POST /appointments/${there?.id}/cancel`, { token }), 404, 'not_found');
    expect(done(await call('GET /appointments', { token }), 200, pageOf(appointment)).items).toEqual([here]);
    done(await call(`POST /appointments/${here?.id}/cancel`, { token }), 200, appointment);
  });
});

describe('npm run token', () => {
  it('prints a token that the API takes', async () => {
    const token = (await runProgram('local/token.ts', ['patient1@demo.medbook.example'])).trim();
    done(await call('GET /me', { token }), 200, profile);
  });

  it('says whom it knows when it does not know somebody', async () => {
    const asked = runProgram('local/token.ts', ['nobody@example.com']);
    await expect(asked).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nobody@example.com is no demo account'),
    });
  });
});
