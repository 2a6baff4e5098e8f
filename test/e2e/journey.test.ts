import { randomUUID } from 'node:crypto';
import { ConfirmSignUpCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, describe, expect, it } from 'vitest';
import { profile } from '../../lambdas/accounts/profile.ts';
import { appointment } from '../../lambdas/appointments/appointment.ts';
import { pageOf } from '../../lambdas/shared/http/page.ts';
import { done, refused } from '../support/answers.ts';
import { call } from '../support/http.ts';
import { newPatients, newUser, PASSWORD, signIn, userPool } from '../support/logins.ts';
import { newestMailTo, secretOf } from '../support/mailbox.ts';
import { freeTimes, type NewClinic, openClinic } from '../support/new-clinic.ts';

describe('a new patient', () => {
  const email = `${randomUUID()}@example.com`;
  let clinic: NewClinic;
  let startTime: string;
  let token: string;
  let rival: string;
  let appointmentId: string;

  beforeAll(async () => {
    clinic = await openClinic();
    startTime = clinic.times[0] ?? '';
    [rival = ''] = await newPatients(1);
  });

  it('signs up, and confirms with the code from the mail', async () => {
    const { client, ClientId } = userPool();
    const UserAttributes = [
      { Name: 'email', Value: email },
      { Name: 'name', Value: 'Nia Novo' },
    ];
    await client.send(new SignUpCommand({ ClientId, Username: email, Password: PASSWORD, UserAttributes }));
    await expect(signIn(email)).rejects.toThrow('User is not confirmed');
    const ConfirmationCode = secretOf(await newestMailTo(email));
    await client.send(new ConfirmSignUpCommand({ ClientId, Username: email, ConfirmationCode }));
    token = (await signIn(email)).accessToken;
  });

  it('has a profile, and changes it', async () => {
    const mine = done(await call('GET /me', { token }), 200, profile);
    const expected = {
      role: 'patient',
      name: 'Nia Novo',
      email,
      phone: null,
      notifications: { email: true, sms: false, reminders: true },
    };
    expect(mine).toMatchObject(expected);
    const changes = { name: 'Nia Nova', phone: '+351911234567', notifications: { sms: true } };
    const changed = done(await call('PATCH /me', { token, body: changes }), 200, profile);
    expect(changed).toEqual({ ...mine, ...changes, notifications: { email: true, sms: true, reminders: true } });
    expect((await call('GET /me', { token })).body).toEqual(changed);
  });

  it('books one of the free times', async () => {
    expect(await freeTimes(clinic.clinicId)).toContain(startTime);
    const body = { clinicId: clinic.clinicId, startTime, reason: 'A cough' };
    const booked = done(await call('POST /appointments', { token, body }), 201, appointment);
    expect(booked).toMatchObject({
      status: 'booked',
      startTime,
      slots: 1,
      doctor: { id: clinic.doctorIds[0] },
      version: 1,
    });
    expect(booked.reference).toMatch(/^MB-/);
    appointmentId = booked.id;
    const shouted = await call(`GET /appointments/${appointmentId.toUpperCase()}`, { token });
    expect(done(shouted, 200, appointment)).toEqual(booked);
  });

  it('keeps it from a rival, who sees it as little as anybody', async () => {
    expect(await freeTimes(clinic.clinicId)).not.toContain(startTime);
    const wish = { clinicId: clinic.clinicId, startTime };
    refused(await call('POST /appointments', { token: rival, body: wish }), 409, 'slot_taken');
    refused(await call(`GET /appointments/${appointmentId}`, { token: rival }), 404, 'not_found');
    refused(await call(`POST /appointments/${appointmentId}/cancel`, { token: rival }), 404, 'not_found');
    expect(done(await call('GET /appointments', { token: rival }), 200, pageOf(appointment)).items).toEqual([]);
  });

  it('reads it, alone and in the list', async () => {
    const one = done(await call(`GET /appointments/${appointmentId}`, { token }), 200, appointment);
    const list = done(await call('GET /appointments?status=booked', { token }), 200, pageOf(appointment));
    expect(list).toEqual({ items: [one], nextCursor: null });
  });

  it('is at one place at a time', async () => {
    const other = await openClinic();
    const wish = { clinicId: other.clinicId, startTime };
    refused(await call('POST /appointments', { token, body: wish }), 409, 'patient_busy');
  });

  it('cancels it, once', async () => {
    const path = `/appointments/${appointmentId}`;
    const cancelled = done(
      await call(`POST ${path}/cancel`, { token, body: { reason: 'Well again' } }),
      200,
      appointment,
    );
    expect(cancelled).toMatchObject({ id: appointmentId, status: 'cancelled', slotIds: [], version: 2 });
    const again = refused(await call(`POST ${path}/cancel`, { token }), 409, 'illegal_transition');
    expect(again.detail).toBe('The appointment is cancelled already.');
    expect((await call(`GET ${path}`, { token })).body).toEqual(cancelled);
  });

  it('leaves the time to the rival', async () => {
    expect(await freeTimes(clinic.clinicId)).toContain(startTime);
    const wish = { clinicId: clinic.clinicId, startTime };
    done(await call('POST /appointments', { token: rival, body: wish }), 201, appointment);
  });
});

describe('a user whose sign-up could not be finished', () => {
  it('becomes a patient by reading their profile, and needs a fresh token for it', async () => {
    const { email } = await newUser();
    const { accessToken: stale } = await signIn(email);
    refused(await call('GET /appointments', { token: stale }), 403, 'forbidden');
    refused(await call('GET /me', { token: stale }), 401, 'fresh_token_required');
    const { accessToken: token } = await signIn(email);
    expect(done(await call('GET /me', { token }), 200, profile)).toMatchObject({ role: 'patient', email });
  });
});
