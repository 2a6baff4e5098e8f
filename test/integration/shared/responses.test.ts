import { randomUUID } from 'node:crypto';
import { APPOINTMENT_STATUSES } from '@medbook/contract/appointment';
import { ROUTES } from '@medbook/contract/routes/api-functions';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mockCognito, toSub } from '../../support/aws/mock-cognito.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startTimeInDays,
  type TestClinic,
} from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import {
  type Api,
  type ApiCall,
  type ApiResponse,
  createClaims,
  createInProcessApi,
} from '../../support/http/in-process-api.ts';
import { toStrictSchema } from '../../support/http/strict-schema.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

const DAY_MILLISECONDS = 86_400_000;
const start = startTimeInDays(3);
const day = { from: start.toISOString(), to: new Date(start.getTime() + DAY_MILLISECONDS).toISOString() };

let database: TestDatabase;
let owner: pg.Client;
let api: Api;
let clinic: TestClinic;
let patient: object;
let doctor: object;
let admin: object;
const cognito = mockCognito();
const calledRoutes = new Set<string>();

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  api = createInProcessApi((role) => database.connectAs(role));
  clinic = await insertClinic(owner, { doctors: 2 });
  await insertSlots(owner, clinic, start, 8);
  patient = createClaims((await insertPatients(owner, 1))[0] ?? '', 'patient');
  doctor = createClaims(`doctor-${clinic.doctorIds[0]}`, 'doctor');
  admin = createClaims(await insertAdmin(owner), 'admin');
});

afterAll(async () => {
  await owner.end();
  await database.drop();
  cognito.restore();
});

/** Calls a route and checks that its response has exactly the fields of its description. */
async function callAsDescribed(call: ApiCall): Promise<ApiResponse['body']> {
  const describedOperation = ROUTES.find(({ key }) => key === call.route)?.operation;
  if (!describedOperation) throw new Error(`There is no route ${call.route}.`);
  const response = await api(call);
  expect(response, JSON.stringify(response.body)).toMatchObject({ status: describedOperation.status ?? 200 });
  const type = describedOperation.contentType ?? 'application/json';
  expect(response.headers).toMatchObject({ 'Content-Type': type, 'Cache-Control': 'no-store' });
  const parsed = toStrictSchema(describedOperation.response).safeParse(response.body);
  expect(parsed.error?.issues ?? []).toEqual([]);
  calledRoutes.add(call.route);
  return response.body;
}

const bookingBodyAt = (offset: number) => ({
  clinicId: clinic.clinicId,
  doctorId: clinic.doctorIds[0],
  startTime: new Date(start.getTime() + offset * 30 * 60_000).toISOString(),
});

const doctorPath = () => ({ doctorId: clinic.doctorIds[0] ?? '' });

describe('public routes', () => {
  it('return clinics', async () => {
    expect(await callAsDescribed({ route: 'GET /clinics' })).toMatchObject({
      items: [{ id: clinic.clinicId }],
      nextCursor: null,
    });
    await callAsDescribed({ route: 'GET /clinics/{clinicId}', path: { clinicId: clinic.clinicId } });
  });

  it('return specializations and doctors in pages', async () => {
    expect(await callAsDescribed({ route: 'GET /specializations' })).toEqual({
      items: ['Cardiology'],
      nextCursor: null,
    });
    const query = { clinicId: clinic.clinicId, specialization: 'cardiology', limit: '1' };
    const first = await callAsDescribed({ route: 'GET /doctors', query });
    expect(first).toMatchObject({ items: [{ clinicId: clinic.clinicId }], nextCursor: expect.any(String) });
    const { nextCursor } = first as { nextCursor: string };
    const second = await callAsDescribed({ route: 'GET /doctors', query: { ...query, cursor: nextCursor } });
    expect(second).toMatchObject({ items: [{}], nextCursor: null });
    expect(second).not.toMatchObject({ items: (first as { items: object[] }).items });
    await callAsDescribed({ route: 'GET /doctors/{doctorId}', path: doctorPath() });
  });

  it('return free times and free slots', async () => {
    const times = await callAsDescribed({
      route: 'GET /availability',
      query: { clinicId: clinic.clinicId, slots: '2', ...day },
    });
    expect(times).toMatchObject({ source: 'database', times: expect.objectContaining({ length: 7 }) });
    const next = { specialization: 'cardiology', slots: '2', limit: '3' };
    expect(await callAsDescribed({ route: 'GET /availability/next', query: next })).toMatchObject({
      source: 'database',
      times: [{ clinicId: clinic.clinicId, availableDoctors: 2 }, {}, {}],
    });
    expect(
      await callAsDescribed({ route: 'GET /slots', query: { clinicId: clinic.clinicId, ...day, limit: '3' } }),
    ).toMatchObject({
      items: [{}, {}, {}],
      nextCursor: expect.any(String),
    });
    await callAsDescribed({ route: 'GET /doctors/{doctorId}/slots', path: doctorPath(), query: day });
  });
});

describe('accounts', () => {
  it("a patient's and a doctor's profile are read and changed", async () => {
    expect(await callAsDescribed({ route: 'GET /me', claims: patient })).toMatchObject({ role: 'patient' });
    expect(await callAsDescribed({ route: 'GET /me', claims: doctor })).toMatchObject({ role: 'doctor' });
    const changes = { name: 'New Name', phone: '+351211234567', notifications: { sms: true } };
    expect(await callAsDescribed({ route: 'PATCH /me', claims: patient, body: changes })).toMatchObject({
      name: 'New Name',
      notifications: { email: true, sms: true, reminders: true },
    });
    expect(await callAsDescribed({ route: 'PATCH /me', claims: doctor, body: { phone: null } })).toMatchObject({
      phone: null,
    });
  });

  it('a patient unsubscribes by the link in an email, which requires a confirmation', async () => {
    const { rows } = await owner.query('select id, unsubscribe_token(id) as token from patients');
    const [{ id, token }] = rows;
    const readPreference = async () =>
      (await owner.query('select notify_by_email from patients where id = $1', [id])).rows;
    expect(await callAsDescribed({ route: 'GET /unsubscribe', query: { token } })).toContain('<form method="post">');
    expect(await readPreference()).toEqual([{ notify_by_email: true }]);
    const oneClick = {
      text: 'List-Unsubscribe=One-Click',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    };
    expect(await callAsDescribed({ route: 'POST /unsubscribe', query: { token }, ...oneClick })).not.toContain('<form');
    expect(await readPreference()).toEqual([{ notify_by_email: false }]);
    for (const forged of [`${token}x`, token.slice(0, -1), `${id}.`, id, 'x']) {
      expect(await api({ route: 'POST /unsubscribe', query: { token: forged } })).toMatchObject({ status: 404 });
    }
  });

  it('a user without a group of the pool of staff does not become a patient, and Cognito is not called', async () => {
    const sub = randomUUID();
    const claims = { ...createClaims(sub), iss: createClaims(sub, 'admin').iss };
    cognito.resetHistory();
    const response = await api({ route: 'GET /me', claims });
    expect(response).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await owner.query('select from patients where cognito_sub = $1', [sub])).rowCount).toBe(0);
    expect(cognito.calls()).toEqual([]);
  });

  it('a confirmed user without a group becomes a patient', async () => {
    const username = randomUUID();
    const claims = createClaims(toSub(username));
    const response = await api({ route: 'GET /me', claims: { ...claims, username } });
    expect(response).toMatchObject({ status: 401, body: { code: 'fresh_token_required' } });
    const freshClaims = createClaims(toSub(username), 'patient');
    expect(await callAsDescribed({ route: 'GET /me', claims: freshClaims })).toMatchObject({ role: 'patient' });
  });
});

describe('appointments', () => {
  it('are booked, read and cancelled', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { ...bookingBodyAt(0), slots: 2, type: 'video', reason: 'A cough' };
    const booked = await callAsDescribed({ route: 'POST /appointments', claims: patient, body, headers });
    expect(booked).toMatchObject({ status: 'booked', slots: 2, type: 'video', version: 1 });
    const repeated = await api({ route: 'POST /appointments', claims: patient, body, headers });
    expect(repeated).toMatchObject({ status: 201, body: booked, headers: { 'Idempotency-Replayed': 'true' } });
    const appointmentId = (booked as { id: string }).id;
    for (const claims of [patient, doctor, admin]) {
      await callAsDescribed({ route: 'GET /appointments/{appointmentId}', path: { appointmentId }, claims });
      const query = { status: ['booked', 'pending'], ...day };
      expect(await callAsDescribed({ route: 'GET /appointments', query, claims })).toMatchObject({
        items: [{ id: appointmentId }],
      });
    }
    for (const claims of [patient, doctor, admin]) {
      const call = { route: 'GET /appointments/{appointmentId}/calendar.ics', path: { appointmentId }, claims };
      expect(await callAsDescribed(call)).toContain(`UID:${appointmentId}@medbook\r\n`);
    }
    const cancel = { route: 'POST /appointments/{appointmentId}/cancel', path: { appointmentId }, claims: patient };
    expect(await callAsDescribed(cancel)).toMatchObject({ status: 'cancelled', slotIds: [], version: 2 });
  });

  it('are held, renewed, confirmed, rescheduled and marked as no-show; another one is completed', async () => {
    const change = (name: string, appointmentId: string, claims = patient, body?: object) =>
      callAsDescribed({ route: `POST /appointments/{appointmentId}/${name}`, path: { appointmentId }, claims, body });
    const hold = async (offset: number) => {
      const body = { ...bookingBodyAt(offset), hold: true };
      const held = await callAsDescribed({ route: 'POST /appointments', claims: patient, body });
      expect(held).toMatchObject({ status: 'pending', expiresAt: expect.any(String) });
      return (held as { id: string }).id;
    };
    const [missed, kept] = [await hold(4), await hold(5)];
    expect(await change('renew', missed)).toMatchObject({ status: 'pending', version: 2 });
    expect(await change('confirm', missed)).toMatchObject({ status: 'booked', version: 3 });
    expect(await change('confirm', kept, admin)).toMatchObject({ status: 'booked', version: 2 });
    const { startTime } = bookingBodyAt(2);
    expect(await change('reschedule', missed, patient, { startTime })).toMatchObject({ version: 4 });
    await owner.query(
      `update appointments set start_time = start_time - interval '9 days', end_time = end_time - interval '9 days', version = version + 1
       where id = any ($1::uuid[])`,
      [[missed, kept]],
    );
    expect(await change('no-show', missed, doctor)).toMatchObject({ status: 'no_show' });
    expect(await change('complete', kept, doctor)).toMatchObject({ status: 'completed' });
  });

  it('are booked by the id of a slot', async () => {
    const { rows } = await owner.query<{ id: string }>(
      'select id from availability_slots where doctor_id = $1 order by start_time desc limit 1',
      [clinic.doctorIds[0]],
    );
    const body = { slotId: rows[0]?.id };
    expect(await callAsDescribed({ route: 'POST /appointments', claims: patient, body })).toMatchObject({
      slotIds: [rows[0]?.id],
    });
  });
});

describe('refusals', () => {
  it.each([
    ['body.startTime', () => ({ ...bookingBodyAt(0), startTime: '2020-01-31T09:00:00Z' })],
    ['body.startTime', () => ({ ...bookingBodyAt(0), startTime: startTimeInDays(400).toISOString() })],
    [
      'body.startTime',
      () => ({ ...bookingBodyAt(0), startTime: bookingBodyAt(0).startTime.replace(':00:00.', ':10:00.') }),
    ],
    ['body.slotId', async () => ({ slotId: await insertPastSlot() })],
  ] as const)('have the path %s if the time cannot be booked', async (path, body) => {
    const response = await api({ route: 'POST /appointments', claims: patient, body: await body() });
    const errors = [{ path, message: 'cannot be booked' }];
    expect(response).toMatchObject({ status: 422, body: { code: 'not_bookable', errors } });
  });

  const list = (query: Readonly<Record<string, string | readonly string[]>>) =>
    api({ route: 'GET /appointments', query, claims: patient });

  it.each(['zzz', ['booked', 'zzz'], ''])('list the valid statuses if the status is %j', async (status) => {
    const { status: code, body } = await list({ status });
    expect(code).toBe(400);
    const path = Array.isArray(status) ? 'query.status.1' : 'query.status.0';
    expect(body).toMatchObject({ errors: [{ path, message: expect.stringContaining('"booked"') }] });
    for (const choice of APPOINTMENT_STATUSES) expect(JSON.stringify(body)).toContain(choice);
  });

  it('of a list of appointments limit its span only if both from and to are given', async () => {
    const [from, to] = ['2030-01-01T00:00:00Z', '2030-03-05T00:00:00Z'];
    expect(await list({ from, to })).toMatchObject({ status: 400, body: { errors: [{ path: 'query.to' }] } });
    expect(await list({ from: to, to: from })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.from' }] },
    });
    expect(await list({ from })).toMatchObject({ status: 200 });
    expect(await list({ to })).toMatchObject({ status: 200 });
  });

  async function insertPastSlot(): Promise<string | undefined> {
    const past = await insertClinic(owner);
    const [slotId] = await insertSlots(owner, past, startTimeInDays(-2));
    return slotId;
  }
});

describe('upper case', () => {
  it('is ignored in the ids of paths and bodies', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { ...bookingBodyAt(6), doctorId: clinic.doctorIds[1] };
    const booked = await callAsDescribed({ route: 'POST /appointments', claims: patient, body, headers });
    const uppercaseBody = { ...body, clinicId: body.clinicId.toUpperCase(), doctorId: body.doctorId?.toUpperCase() };
    const again = await api({ route: 'POST /appointments', claims: patient, body: uppercaseBody, headers });
    expect(again).toMatchObject({ status: 201, body: booked, headers: { 'Idempotency-Replayed': 'true' } });
    const path = { appointmentId: (booked as { id: string }).id.toUpperCase() };
    expect(await callAsDescribed({ route: 'GET /appointments/{appointmentId}', path, claims: patient })).toEqual(
      booked,
    );
  });

  it('becomes lower case in the email address of a doctor', async () => {
    const body = { name: 'Dr. Loud', email: 'Loud@Example.COM', specialization: 'Dermatology' };
    const path = { clinicId: clinic.clinicId };
    const call = { route: 'POST /clinics/{clinicId}/doctors', path, claims: admin, body };
    expect(await callAsDescribed(call)).toMatchObject({ email: 'loud@example.com' });
  });
});

describe('staff routes', () => {
  it('create a clinic, and a doctor with a login', async () => {
    const created = await callAsDescribed({
      route: 'POST /clinics',
      claims: admin,
      body: { name: 'Second', address: 'Street 2', phone: '+351211111111', currency: 'EUR', timeZone: 'Europe/Lisbon' },
    });
    const clinicId = (created as { id: string }).id;
    const body = {
      name: 'Dr. New',
      email: 'new@example.com',
      specialization: 'Dermatology',
      fee: { amount: 5000, currency: 'EUR' },
      bio: 'Bio',
    };
    const call = { route: 'POST /clinics/{clinicId}/doctors', path: { clinicId }, claims: admin, body };
    const doctorAdded = await callAsDescribed(call);
    expect(doctorAdded).toMatchObject({
      clinicId,
      email: 'new@example.com',
      phone: null,
      fee: { amount: 5000, currency: 'EUR' },
    });
    expect(await callAsDescribed(call)).toEqual(doctorAdded);
    const claims = createClaims(toSub('new@example.com'), 'doctor');
    expect(await callAsDescribed({ route: 'GET /me', claims })).toMatchObject({ role: 'doctor', clinicId });
  });

  it("return a doctor's schedule with its appointments", async () => {
    await callAsDescribed({
      route: 'POST /appointments',
      claims: patient,
      body: { ...bookingBodyAt(3), reason: 'A cough' },
    });
    const page = await callAsDescribed({
      route: 'GET /doctors/{doctorId}/schedule',
      path: doctorPath(),
      query: day,
      claims: doctor,
    });
    expect(page).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ status: 'booked', appointment: expect.objectContaining({ reason: 'A cough' }) }),
      ]),
    });
  });

  it('set working hours and return the appointments that no longer fit', async () => {
    const hours = [
      { weekday: 1, start: '09:00', end: '12:00' },
      { weekday: 1, start: '22:00', end: '24:00', capacity: 2 },
    ];
    const call = { route: 'POST /doctors/{doctorId}/availability', path: doctorPath(), claims: admin };
    await callAsDescribed({ ...call, body: { hours, validTo: '2099-12-31' } });
    expect(
      await callAsDescribed({ route: 'GET /doctors/{doctorId}/availability', path: doctorPath(), claims: doctor }),
    ).toMatchObject({
      hours: [
        { weekday: 1, start: '09:00', end: '12:00', capacity: 1, validTo: '2099-12-31' },
        { weekday: 1, start: '22:00', end: '24:00', capacity: 2, validTo: '2099-12-31' },
      ],
    });
    const conflicts = { conflicts: expect.arrayContaining([expect.objectContaining({ status: 'booked' })]) };
    expect(await callAsDescribed({ ...call, body: { hours: [] } })).toMatchObject({ hours: [], ...conflicts });
  });

  it.each(['doctor', 'clinic'] as const)('add, list and remove an exception of a %s', async (kind) => {
    const [root, path] =
      kind === 'doctor'
        ? (['/doctors/{doctorId}', doctorPath()] as const)
        : (['/clinics/{clinicId}', { clinicId: clinic.clinicId }] as const);
    const body = { type: 'extra_hours', from: '2040-01-31T09:00:00+01:00', to: '2040-01-31T12:00:00Z', capacity: 2 };
    const added = await callAsDescribed({ route: `POST ${root}/exceptions`, path, claims: admin, body });
    expect(added).toMatchObject({ exception: { from: '2040-01-31T08:00:00Z', to: '2040-01-31T12:00:00Z' } });
    const query = { from: '2040-01-01T00:00:00Z', to: '2040-02-01T00:00:00Z' };
    const { exception } = added as { exception: { id: string } };
    expect(await callAsDescribed({ route: `GET ${root}/exceptions`, path, query, claims: admin })).toMatchObject({
      items: [exception],
      nextCursor: null,
    });
    const route = `DELETE ${root}/exceptions/{exceptionId}`;
    const removal = { route, path: { ...path, exceptionId: exception.id }, claims: admin };
    expect(await callAsDescribed(removal)).toMatchObject({ exception });
    expect(await api(removal)).toMatchObject({ status: 404 });
  });

  it('deactivate a doctor, and activate them again', async () => {
    const call = { route: 'PATCH /doctors/{doctorId}', path: doctorPath(), claims: admin };
    const tried = await callAsDescribed({ ...call, query: { dryRun: 'true' }, body: { active: false } });
    expect(tried).toMatchObject({ doctor: { active: false } });
    expect(await callAsDescribed({ ...call, body: { active: true } })).toMatchObject({ slotsWithdrawn: 0 });
  });

  it('block a slot, and list the conflicts with alternatives', async () => {
    const booked = await callAsDescribed({
      route: 'POST /appointments',
      claims: patient,
      body: { ...bookingBodyAt(1), doctorId: clinic.doctorIds[1] },
    });
    const { id, slotIds } = booked as { id: string; slotIds: string[] };
    const path = { slotId: slotIds[0] ?? '' };
    const blocked = await callAsDescribed({
      route: 'PATCH /slots/{slotId}',
      path,
      claims: admin,
      body: { status: 'blocked' },
    });
    expect(blocked).toMatchObject({ slot: { id: path.slotId, status: 'booked' } });
    const conflicts = {
      items: expect.arrayContaining([expect.objectContaining({ appointment: expect.objectContaining({ id }) })]),
    };
    for (const [route, owner] of [
      ['GET /doctors/{doctorId}/conflicts', { doctorId: clinic.doctorIds[1] ?? '' }],
      ['GET /clinics/{clinicId}/conflicts', { clinicId: clinic.clinicId }],
    ] as const)
      expect(await callAsDescribed({ route, path: owner, claims: admin })).toMatchObject(conflicts);
  });
});

it('all routes of the contract were called', () => {
  const testedRoutes = ROUTES.filter(({ isRateLimited }) => isRateLimited);
  expect(testedRoutes.map(({ key }) => key).filter((key) => !calledRoutes.has(key))).toEqual([]);
});
