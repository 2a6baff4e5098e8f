import { randomUUID } from 'node:crypto';
import { ConfirmSignUpCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { appointment } from '@medbook/contract/appointment';
import { pageSchema } from '@medbook/contract/page';
import { profile } from '@medbook/contract/profile';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import { connectUserPool, createPatients, createUser, PASSWORD, signIn } from '../support/system/logins.ts';
import { extractSecret, findNewestEmail } from '../support/system/mailbox.ts';
import { listFreeTimes, type OpenedClinic, openClinic } from '../support/system/open-clinic.ts';

describe('a new patient', () => {
  const email = `${randomUUID()}@example.com`;
  let clinic: OpenedClinic;
  let startTime: string;
  let token: string;
  let rival: string;
  let appointmentId: string;

  beforeAll(async () => {
    clinic = await openClinic();
    startTime = clinic.times[0] ?? '';
    [rival = ''] = await createPatients(1);
  });

  it('signs up and confirms the email address with the code that was sent to it', async () => {
    const { client, ClientId } = connectUserPool();
    const UserAttributes = [
      { Name: 'email', Value: email },
      { Name: 'name', Value: 'Nia Novo' },
    ];
    await client.send(new SignUpCommand({ ClientId, Username: email, Password: PASSWORD, UserAttributes }));
    await expect(signIn(email)).rejects.toThrow('User is not confirmed');
    const ConfirmationCode = extractSecret(await findNewestEmail(email));
    await client.send(new ConfirmSignUpCommand({ ClientId, Username: email, ConfirmationCode }));
    token = (await signIn(email)).accessToken;
  });

  it('reads and changes the profile', async () => {
    const initialProfile = expectSuccess(await callApi('GET /me', { token }), 200, profile);
    const expected = {
      role: 'patient',
      name: 'Nia Novo',
      email,
      phone: null,
      notifications: { email: true, sms: false, reminders: true },
    };
    expect(initialProfile).toMatchObject(expected);
    const changes = { name: 'Nia Nova', phone: '+351911234567', notifications: { sms: true } };
    const changed = expectSuccess(await callApi('PATCH /me', { token, body: changes }), 200, profile);
    expect(changed).toEqual({
      ...initialProfile,
      ...changes,
      notifications: { email: true, sms: true, reminders: true },
    });
    expect((await callApi('GET /me', { token })).body).toEqual(changed);
  });

  it('books one of the free times', async () => {
    expect(await listFreeTimes(clinic.clinicId)).toContain(startTime);
    const body = { clinicId: clinic.clinicId, startTime, reason: 'A cough' };
    const booked = expectSuccess(await callApi('POST /appointments', { token, body }), 201, appointment);
    expect(booked).toMatchObject({
      status: 'booked',
      startTime,
      slots: 1,
      doctor: { id: clinic.doctorIds[0] },
      version: 1,
    });
    expect(booked.reference).toMatch(/^MB-/);
    appointmentId = booked.id;
    const readInUpperCase = await callApi(`GET /appointments/${appointmentId.toUpperCase()}`, { token });
    expect(expectSuccess(readInUpperCase, 200, appointment)).toEqual(booked);
  });

  it('has an appointment that a rival cannot read or cancel, at a time that is no longer free', async () => {
    expect(await listFreeTimes(clinic.clinicId)).not.toContain(startTime);
    const request = { clinicId: clinic.clinicId, startTime };
    expectRefusal(await callApi('POST /appointments', { token: rival, body: request }), 409, 'slot_taken');
    expectRefusal(await callApi(`GET /appointments/${appointmentId}`, { token: rival }), 404, 'not_found');
    expectRefusal(await callApi(`POST /appointments/${appointmentId}/cancel`, { token: rival }), 404, 'not_found');
    expect(
      expectSuccess(await callApi('GET /appointments', { token: rival }), 200, pageSchema(appointment)).items,
    ).toEqual([]);
  });

  it('reads the appointment by its id and in the list', async () => {
    const readById = expectSuccess(await callApi(`GET /appointments/${appointmentId}`, { token }), 200, appointment);
    const list = expectSuccess(
      await callApi('GET /appointments?status=booked', { token }),
      200,
      pageSchema(appointment),
    );
    expect(list).toEqual({ items: [readById], nextCursor: null });
  });

  it('cannot book the same time at another clinic', async () => {
    const other = await openClinic();
    const request = { clinicId: other.clinicId, startTime };
    expectRefusal(await callApi('POST /appointments', { token, body: request }), 409, 'patient_busy');
  });

  it('cancels the appointment, and cannot cancel it again', async () => {
    const path = `/appointments/${appointmentId}`;
    const cancelled = expectSuccess(
      await callApi(`POST ${path}/cancel`, { token, body: { reason: 'Well again' } }),
      200,
      appointment,
    );
    expect(cancelled).toMatchObject({ id: appointmentId, status: 'cancelled', slotIds: [], version: 2 });
    const again = expectRefusal(await callApi(`POST ${path}/cancel`, { token }), 409, 'illegal_transition');
    expect(again.detail).toBe('The appointment is already cancelled.');
    expect((await callApi(`GET ${path}`, { token })).body).toEqual(cancelled);
  });

  it('has released the time by the cancellation, and the rival books it', async () => {
    expect(await listFreeTimes(clinic.clinicId)).toContain(startTime);
    const request = { clinicId: clinic.clinicId, startTime };
    expectSuccess(await callApi('POST /appointments', { token: rival, body: request }), 201, appointment);
  });
});

describe('a user whose sign-up was not completed', () => {
  it('becomes a patient by GET /me, and then needs a fresh token', async () => {
    const { email } = await createUser();
    const { accessToken: stale } = await signIn(email);
    expectRefusal(await callApi('GET /appointments', { token: stale }), 403, 'forbidden');
    expectRefusal(await callApi('GET /me', { token: stale }), 401, 'fresh_token_required');
    const { accessToken: token } = await signIn(email);
    expect(expectSuccess(await callApi('GET /me', { token }), 200, profile)).toMatchObject({ role: 'patient', email });
  });
});
