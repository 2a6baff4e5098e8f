import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createClinic } from '../../lambdas/clinics/clinics.sql.ts';
import { connectDatabase } from '../../lambdas/shared/db.ts';
import { DatabaseUnavailable, type Db } from '../../lambdas/shared/sql.ts';
import { book, change } from '../support/clients.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startInDays,
  type TestClinic,
} from '../support/clinic.ts';
import { type CuttingProxy, cuttingProxy } from '../support/cutting-proxy.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let owner: pg.Client;
let proxy: CuttingProxy;
let patients: Db;
let clinic: TestClinic;
let patient: string;

const through = (port: number, role: string, queryTimeoutSeconds = 30) =>
  connectDatabase(
    { DB_HOST: 'localhost', DB_PORT: String(port), DB_NAME: database.name, DB_USER: role },
    { queryTimeoutSeconds },
  );

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  proxy = await cuttingProxy(inject('postgres').port);
  patients = through(proxy.port, 'patient_api');
  clinic = await insertClinic(owner);
  await insertSlots(owner, clinic, startInDays(3), 10);
  [patient = ''] = await insertPatients(owner, 1);
  await patients.query('select 1');
});

afterAll(async () => {
  await proxy.stop();
  await owner.end();
  await database.drop();
});

const count = async (table: string) => (await owner.query(`select count(*)::int from ${table}`)).rows[0].count;

describe('an answer that is lost with its connection', () => {
  it('of a booking is asked for again, and there is one appointment', async () => {
    proxy.cutNextAnswer();
    const first = await book(patients, patient, { clinicId: clinic.clinicId, startTime: startInDays(3) });
    expect(first).toMatchObject({ answer: { outcome: 'done' }, replayed: false });
    expect(await count('appointments')).toBe(1);
  });

  it('of a booking with a key is not taken for a repeat by the client', async () => {
    proxy.cutNextAnswer();
    const wish = { clinicId: clinic.clinicId, startTime: startInDays(3, 1) };
    const idempotencyKey = randomUUID();
    expect(await book(patients, patient, wish, { idempotencyKey })).toMatchObject({
      answer: { outcome: 'done' },
      replayed: false,
    });
    expect(await book(patients, patient, wish, { idempotencyKey })).toMatchObject({
      answer: { outcome: 'done' },
      replayed: true,
    });
  });

  it('of a cancellation is the cancellation, and not that it was cancelled already', async () => {
    const { answer } = await book(patients, patient, { clinicId: clinic.clinicId, startTime: startInDays(3, 2) });
    if (answer.outcome !== 'done') throw new Error(answer.outcome);
    const command = {
      sub: patient,
      groups: ['patient'],
      requestId: randomUUID(),
      idempotencyKey: undefined,
      requestHash: '',
    };
    proxy.cutNextAnswer();
    const cancelled = await change(patients, command, 'cancel', answer.appointment.id);
    expect(cancelled.answer).toMatchObject({ outcome: 'done', appointment: { status: 'cancelled', version: 2 } });
  });

  it('of a new clinic makes no second clinic', async () => {
    const before = await count('clinics');
    const staff = through(proxy.port, 'staff_api');
    await staff.query('select 1');
    const fields = {
      name: 'Clinic',
      address: 'Street 1',
      phone: '+351210000000',
      currency: 'EUR',
      timeZone: 'Europe/Lisbon',
      slotMinutes: 30,
      noticeMinutes: 60,
      horizonDays: 30,
      cancellationCutoffMinutes: 0,
      holdSeconds: 120,
      holdsPerPatient: 3,
      appointmentsPerPatient: 10,
      noShowsPerPatient: 3,
      notificationEmail: null,
      language: 'en',
      quietFrom: '21:00',
      quietTo: '08:00',
      reminderMinutes: [1440],
    };
    const command = {
      sub: await insertAdmin(owner),
      groups: ['admin'],
      clinicId: randomUUID(),
      clinic: fields,
      requestId: randomUUID(),
    };
    proxy.cutNextAnswer();
    expect(await createClinic(staff, command)).toEqual({ outcome: 'done' });
    expect(await count('clinics')).toBe(before + 1);
  });
});

describe('a database that does not answer', () => {
  it('in time is unavailable, and the connection is replaced', async () => {
    const impatient = through(inject('postgres').port, 'patient_api', 0.3);
    const started = performance.now();
    await expect(impatient.query('select pg_sleep(5)')).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect((await impatient.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('at all is unavailable', async () => {
    const nowhere = await cuttingProxy(1);
    await expect(through(nowhere.port, 'patient_api').query('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
    await nowhere.stop();
    await expect(through(nowhere.port, 'patient_api').query('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
  });
});
