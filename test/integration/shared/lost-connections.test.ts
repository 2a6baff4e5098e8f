import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createClinic } from '../../../lambdas/clinics/clinics.sql.ts';
import { connectDatabase } from '../../../lambdas/shared/database.ts';
import { DatabaseUnavailableError, type Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment } from '../../support/clinic/booking-clients.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startTimeInDays,
  type TestClinic,
} from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { startTcpProxy, type TcpProxy } from '../../support/proxy/tcp-proxy.ts';

let database: TestDatabase;
let owner: pg.Client;
let proxy: TcpProxy;
let patients: Db;
let clinic: TestClinic;
let patient: string;

const connectThrough = (port: number, role: string, queryTimeoutSeconds = 30, more: DatabaseChanges = {}) =>
  connectDatabase(
    {
      DB_HOST: 'localhost',
      DB_PORT: port,
      DB_NAME: database.name,
      DB_USER: role,
      DB_PAUSES: more.DB_PAUSES ?? false,
    },
    { queryTimeoutSeconds, ...(more.clock && { clock: more.clock }) },
  );
interface DatabaseChanges {
  readonly DB_PAUSES?: boolean;
  readonly clock?: () => number;
}

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  proxy = await startTcpProxy({ port: inject('postgres').port });
  patients = connectThrough(proxy.port, 'patient_api');
  clinic = await insertClinic(owner);
  await insertSlots(owner, clinic, startTimeInDays(3), 10);
  [patient = ''] = await insertPatients(owner, 1);
  await patients.query('select 1');
});

afterAll(async () => {
  await proxy.stop();
  await owner.end();
  await database.drop();
});

const loseNextResponse = () => proxy.interceptOnce({ moment: 'before-response' }, 'reset');

const countRows = async (table: string) => (await owner.query(`select count(*)::int from ${table}`)).rows[0].count;

describe('after the response is lost with its connection', () => {
  it('the retry of a booking creates no second appointment', async () => {
    loseNextResponse();
    const first = await bookForPatient(patients, patient, { clinicId: clinic.clinicId, startTime: startTimeInDays(3) });
    expect(first).toMatchObject({ result: { outcome: 'done' }, replayed: false });
    expect(await countRows('appointments')).toBe(1);
  });

  it('the retry of a booking with a key is not reported to the client as a replay', async () => {
    loseNextResponse();
    const request = { clinicId: clinic.clinicId, startTime: startTimeInDays(3, 1) };
    const idempotencyKey = randomUUID();
    expect(await bookForPatient(patients, patient, request, { idempotencyKey })).toMatchObject({
      result: { outcome: 'done' },
      replayed: false,
    });
    expect(await bookForPatient(patients, patient, request, { idempotencyKey })).toMatchObject({
      result: { outcome: 'done' },
      replayed: true,
    });
  });

  it('the retry of a cancellation returns the cancelled appointment, not a conflict', async () => {
    const { result } = await bookForPatient(patients, patient, {
      clinicId: clinic.clinicId,
      startTime: startTimeInDays(3, 2),
    });
    if (result.outcome !== 'done') throw new Error(result.outcome);
    const command = {
      sub: patient,
      groups: ['patient'],
      requestId: randomUUID(),
      idempotencyKey: undefined,
      requestHash: '',
    };
    loseNextResponse();
    const cancelled = await changeAppointment(patients, command, 'cancel', result.appointment.id);
    expect(cancelled.result).toMatchObject({ outcome: 'done', appointment: { status: 'cancelled', version: 2 } });
  });

  it('the retry of a new clinic creates no second clinic', async () => {
    const before = await countRows('clinics');
    const staff = connectThrough(proxy.port, 'staff_api');
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
    loseNextResponse();
    expect(await createClinic(staff, command)).toEqual({ outcome: 'done' });
    expect(await countRows('clinics')).toBe(before + 1);
  });
});

describe('a query', () => {
  it('throws DatabaseUnavailableError after its timeout, and the next one uses a new connection', async () => {
    let now = 0;
    const shortTimeoutDb = connectThrough(inject('postgres').port, 'patient_api', 0.3, { clock: () => now });
    const startedAt = performance.now();
    await expect(shortTimeoutDb.query('select pg_sleep(5)')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    now += 200;
    expect((await shortTimeoutDb.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('fails at once after a server that accepts statements has not responded, as a proxy may', async () => {
    const gate = await startTcpProxy({ port: inject('postgres').port });
    onTestFinished(() => gate.stop());
    let now = 0;
    const db = connectThrough(gate.port, 'patient_api', 0.3, { clock: () => now });
    await db.query('select 1');
    gate.stopResponding();
    const failure: unknown = await db.query('select 1').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DatabaseUnavailableError);
    await expect(db.query('select 1')).rejects.toBe(failure);
    gate.forwardTo(inject('postgres').port);
    now += 200;
    expect((await db.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('does not fail at once after the database has ended a statement that took too long', async () => {
    const db = connectThrough(inject('postgres').port, 'patient_api', 30, { clock: () => 0 });
    await expect(
      db.query("select set_config('statement_timeout', '10', false), pg_sleep(0.001)"),
    ).resolves.toBeDefined();
    await expect(db.query('select pg_sleep(5)')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect((await db.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('fails at once for a moment after a connection has failed, and then connects again', async () => {
    const gate = await startTcpProxy({ port: 1 });
    onTestFinished(() => gate.stop());
    let now = 0;
    const db = connectThrough(gate.port, 'patient_api', 30, { clock: () => now });
    await expect(db.query('select 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    gate.forwardTo(inject('postgres').port);
    await expect(db.query('select 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    now += 200;
    expect((await db.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect((await db.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it.each([true, false])('on a server that does not respond: is starting, if it pauses: %s', async (DB_PAUSES) => {
    const gate = await startTcpProxy({});
    onTestFinished(() => gate.stop());
    gate.stopResponding();
    const error: unknown = await connectThrough(gate.port, 'patient_api', 30, { DB_PAUSES })
      .query('select 1')
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ isStarting: DB_PAUSES });
  });

  it('throws DatabaseUnavailableError if the server closes or refuses the connection', async () => {
    const unreachableProxy = await startTcpProxy({ port: 1 });
    await expect(connectThrough(unreachableProxy.port, 'patient_api').query('select 1')).rejects.toBeInstanceOf(
      DatabaseUnavailableError,
    );
    await unreachableProxy.stop();
    await expect(connectThrough(unreachableProxy.port, 'patient_api').query('select 1')).rejects.toBeInstanceOf(
      DatabaseUnavailableError,
    );
  });
});
