import { randomUUID } from 'node:crypto';
import { InitiateAuthCommand, RespondToAuthChallengeCommand } from '@aws-sdk/client-cognito-identity-provider';
import { appointment } from '@medbook/contract/appointment';
import { clinic } from '@medbook/contract/clinic';
import { addedDoctor } from '@medbook/contract/doctor';
import { pageSchema } from '@medbook/contract/page';
import { profile } from '@medbook/contract/profile';
import { scheduleEntry, workingHoursChange, workingHoursList } from '@medbook/contract/schedule';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import {
  connectUserPool,
  createPatients,
  createUser,
  PASSWORD,
  signIn,
  signInDemoAccount,
  signInInvited,
} from '../support/system/logins.ts';
import { extractSecret, findNewestEmail } from '../support/system/mailbox.ts';
import { CLINIC_BODY, createDoctorBody, listFreeTimes, openClinic } from '../support/system/open-clinic.ts';
import { runProgram } from '../support/system/run-program.ts';

/** Signs in an invited user with the password from the email, replaces it as required, and returns an access token. */
async function acceptInvitation(email: string): Promise<string> {
  const { client, ClientId } = connectUserPool('staff');
  const AuthParameters = { USERNAME: email, PASSWORD: extractSecret(await findNewestEmail(email)) };
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
  return (await signIn(email, PASSWORD, 'staff')).accessToken;
}

describe('a platform admin and a new doctor', () => {
  const doctor = { ...createDoctorBody(), fee: { amount: 6500, currency: 'EUR' }, experienceYears: 7 };
  let admin: string;
  let clinicId: string;
  let doctorId: string;
  let doctorToken: string;

  beforeAll(async () => {
    admin = await signInDemoAccount('admin');
  });

  it('the admin creates a clinic, which is public', async () => {
    const made = expectSuccess(await callApi('POST /clinics', { token: admin, body: CLINIC_BODY }), 201, clinic);
    expect(made).toMatchObject({ ...CLINIC_BODY, slotMinutes: 30, noticeMinutes: 60, horizonDays: 30 });
    expect(expectSuccess(await callApi(`GET /clinics/${made.id}`), 200, clinic)).toEqual(made);
    clinicId = made.id;
  });

  it('the admin adds a doctor, and the same request again adds no other doctor', async () => {
    const add = () => callApi(`POST /clinics/${clinicId}/doctors`, { token: admin, body: doctor });
    const added = expectSuccess(await add(), 201, addedDoctor);
    expect(added).toMatchObject({ ...doctor, clinicId, bio: null, phone: null });
    expect(expectSuccess(await add(), 201, addedDoctor)).toEqual(added);
    const bodyInUpperCase = { ...doctor, email: doctor.email.toUpperCase() };
    const again = await callApi(`POST /clinics/${clinicId.toUpperCase()}/doctors`, {
      token: admin,
      body: bodyInUpperCase,
    });
    expect(expectSuccess(again, 201, addedDoctor)).toEqual(added);
    expect((await callApi(`GET /doctors?clinicId=${clinicId}`)).body).toMatchObject({ items: [{ id: added.id }] });
    doctorId = added.id;
  });

  it('the admin cannot add another doctor with the same email address', async () => {
    const body = { ...doctor, name: 'Dr. Other' };
    expectRefusal(await callApi(`POST /clinics/${clinicId}/doctors`, { token: admin, body }), 409, 'email_in_use');
  });

  it('the admin adds a doctor with the email address of a patient, who then has two logins', async () => {
    const other = await openClinic();
    const { email, token } = await createPatient();
    const before = expectSuccess(await callApi('GET /me', { token }), 200, profile);
    const body = { ...createDoctorBody(), email };
    const response = await callApi(`POST /clinics/${other.clinicId}/doctors`, { token: admin, body });
    const { id } = expectSuccess(response, 201, addedDoctor);
    const { accessToken: patientToken } = await signIn(email);
    expect(expectSuccess(await callApi('GET /me', { token: patientToken }), 200, profile)).toEqual(before);
    const staffToken = await acceptInvitation(email);
    const doctorProfile = expectSuccess(await callApi('GET /me', { token: staffToken }), 200, profile);
    expect(doctorProfile).toMatchObject({ id, role: 'doctor', email });
    expectRefusal(await callApi(`GET /doctors/${id}/availability`, { token: patientToken }), 403, 'forbidden');
  });

  it('the email address and the phone number of the doctor are not public', async () => {
    const { body } = await callApi(`GET /doctors/${doctorId}`);
    expect(body).toMatchObject({ id: doctorId, name: doctor.name });
    expect(Object.keys(Object(body))).not.toEqual(expect.arrayContaining(['email']));
    expect(Object.keys(Object(body))).not.toEqual(expect.arrayContaining(['phone']));
  });

  it('the admin sets working hours, and free times are created from them', async () => {
    expect(await listFreeTimes(clinicId)).toEqual([]);
    const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '10:00', end: '11:00' }));
    const response = await callApi(`POST /doctors/${doctorId}/availability`, { token: admin, body: { hours } });
    const change = expectSuccess(response, 201, workingHoursChange);
    expect(change).toMatchObject({ slotsWithdrawn: 0, conflicts: [] });
    expect(change.hours).toMatchObject(hours.map((window) => ({ ...window, capacity: 1, validTo: null })));
    const times = await listFreeTimes(clinicId);
    expect(times).toHaveLength(2 * 7);
    expect(new Set(times.map((time) => time.slice(11)))).toEqual(new Set(['10:00:00Z', '10:30:00Z']));
  });

  it('the doctor was invited by email, and signs in with a new password', async () => {
    doctorToken = await acceptInvitation(doctor.email);
    const doctorProfile = expectSuccess(await callApi('GET /me', { token: doctorToken }), 200, profile);
    expect(doctorProfile).toMatchObject({ id: doctorId, role: 'doctor', clinicId, email: doctor.email });
  });

  it('the doctor reads the patient and the reason of a booking in the schedule', async () => {
    const [patient = ''] = await createPatients(1);
    const [startTime = ''] = await listFreeTimes(clinicId);
    const body = { clinicId, startTime, reason: 'A cough' };
    const booked = expectSuccess(await callApi('POST /appointments', { token: patient, body }), 201, appointment);
    const query = `from=${startTime}&to=${new Date(Date.parse(startTime) + 3_600_000).toISOString()}`;
    const response = await callApi(`GET /doctors/${doctorId}/schedule?${query}`, { token: doctorToken });
    const [taken, free] = expectSuccess(response, 200, pageSchema(scheduleEntry)).items;
    const { id, reference } = booked;
    const visiblePatient = { id: expect.any(String), name: 'Pat Test' };
    expect(taken).toMatchObject({
      startTime,
      status: 'booked',
      appointment: { id, reference, reason: 'A cough', patient: visiblePatient },
    });
    expect(free).toMatchObject({ status: 'free' });
    expect(free?.appointment).toBeUndefined();
  });

  it('the doctor reads and changes their own working hours, but not those of another doctor', async () => {
    const { doctorIds } = await openClinic();
    const read = (id: string | undefined) => callApi(`GET /doctors/${id}/availability`, { token: doctorToken });
    expect(expectSuccess(await read(doctorId), 200, workingHoursList).hours).toHaveLength(7);
    expectRefusal(await read(doctorIds[0]), 404, 'not_found');
    const change = { token: doctorToken, body: { hours: [] } };
    expectRefusal(await callApi(`POST /doctors/${doctorIds[0]}/availability`, change), 404, 'not_found');
    const own = expectSuccess(await callApi(`POST /doctors/${doctorId}/availability`, change), 201, workingHoursChange);
    // The appointment is now outside the working hours. It is returned as a conflict and stays booked.
    expect(own.conflicts).toHaveLength(1);
    expect(await listFreeTimes(clinicId)).toEqual([]);
  });
});

/** A patient who can sign in again. */
async function createPatient(): Promise<{ email: string; token: string }> {
  const { email } = await createUser();
  const { accessToken: staleToken } = await signIn(email);
  expectRefusal(await callApi('GET /me', { token: staleToken }), 401, 'fresh_token_required');
  return { email, token: (await signIn(email)).accessToken };
}

describe('a clinic admin whom the operator created', () => {
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

  it('adds doctors and sets working hours in that clinic', async () => {
    const response = await callApi(`POST /clinics/${own.clinicId}/doctors`, { token, body: createDoctorBody() });
    const { id } = expectSuccess(response, 201, addedDoctor);
    const hours = [{ weekday: 1, start: '09:00', end: '12:00' }];
    expectSuccess(
      await callApi(`POST /doctors/${id}/availability`, { token, body: { hours } }),
      201,
      workingHoursChange,
    );
  });

  it('cannot create a clinic', async () => {
    expectRefusal(await callApi('POST /clinics', { token, body: CLINIC_BODY }), 403, 'forbidden');
  });

  it('gets 404 for another clinic and its doctors', async () => {
    const [doctorId] = other.doctorIds;
    const day = `from=${other.times[0]}&to=${other.times[1]}`;
    const body = { hours: [] };
    expectRefusal(
      await callApi(`POST /clinics/${other.clinicId}/doctors`, { token, body: createDoctorBody() }),
      404,
      'not_found',
    );
    expectRefusal(await callApi(`GET /doctors/${doctorId}/availability`, { token }), 404, 'not_found');
    expectRefusal(await callApi(`POST /doctors/${doctorId}/availability`, { token, body }), 404, 'not_found');
    expectRefusal(await callApi(`GET /doctors/${doctorId}/schedule?${day}`, { token }), 404, 'not_found');
  });

  it('reads and cancels only the appointments of that clinic', async () => {
    const [patient = ''] = await createPatients(1);
    const [ownAppointment, otherAppointment] = await Promise.all(
      [own, other].map(async ({ clinicId, times }, index) => {
        const body = { clinicId, startTime: times[index] };
        return expectSuccess(await callApi('POST /appointments', { token: patient, body }), 201, appointment);
      }),
    );
    expectRefusal(await callApi(`GET /appointments/${otherAppointment?.id}`, { token }), 404, 'not_found');
    expectRefusal(await callApi(`POST /appointments/${otherAppointment?.id}/cancel`, { token }), 404, 'not_found');
    expect(expectSuccess(await callApi('GET /appointments', { token }), 200, pageSchema(appointment)).items).toEqual([
      ownAppointment,
    ]);
    expectSuccess(await callApi(`POST /appointments/${ownAppointment?.id}/cancel`, { token }), 200, appointment);
  });
});

describe('npm run token', () => {
  it.each(['patient', 'doctor'])('prints a token of a demo %s that the API accepts', async (role) => {
    const token = (await runProgram('local/token.ts', [`${role}1@demo.medbook.example`])).trim();
    expect(expectSuccess(await callApi('GET /me', { token }), 200, profile).role).toBe(role);
  });

  it('prints a token of any patient or doctor whose password it gets', async () => {
    const { doctorEmails } = await openClinic();
    const { email } = await createPatient();
    await signInInvited(doctorEmails[0] ?? '');
    for (const [address = '', role] of [
      [doctorEmails[0], 'doctor'],
      [email, 'patient'],
    ]) {
      const token = (await runProgram('local/token.ts', [address, PASSWORD])).trim();
      expect(expectSuccess(await callApi('GET /me', { token }), 200, profile).role).toBe(role);
    }
  });

  it('reports an email address that is not a demo account', async () => {
    const result = runProgram('local/token.ts', ['nobody@example.com']);
    await expect(result).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nobody@example.com is not a demo account'),
    });
  });
});
