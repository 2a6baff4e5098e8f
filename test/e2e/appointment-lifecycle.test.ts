import { randomUUID } from 'node:crypto';
import { type Appointment, appointment } from '@medbook/contract/appointment';
import { pageSchema } from '@medbook/contract/page';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { withClient } from '../../lambdas/shared/database.ts';
import { callApi, type RequestOptions } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import { createPatients, signInDemoAccount, signInInvited } from '../support/system/logins.ts';
import { listFreeTimes, type OpenedClinic, openClinic } from '../support/system/open-clinic.ts';

const DAY = 86_400_000;

let clinic: OpenedClinic;
let patient: string;
let rival: string;
let doctor: string;
let admin: string;
let nextTime = 0;
let holdForJob: Appointment;

beforeAll(async () => {
  clinic = await openClinic({ doctors: 2, holdSeconds: 30, appointmentsPerPatient: 100 });
  [patient = '', rival = ''] = await createPatients(2);
  doctor = await signInInvited(clinic.doctorEmails[0] ?? '');
  admin = await signInDemoAccount('admin');
  // The job runs once a minute. Its hold is created first and checked last, because the other tests can run in between.
  holdForJob = await book({ hold: true }, rival);
  await endHold(holdForJob);
});

/** Returns a start time that no test has used, and reserves this number of slots from it. */
function takeFreeTime(slots = 1): string {
  const startTime = clinic.times[nextTime] ?? '';
  nextTime += slots;
  return startTime;
}

async function book(request: object = {}, token = patient): Promise<Appointment> {
  const body = { clinicId: clinic.clinicId, doctorId: clinic.doctorIds[0], startTime: takeFreeTime(), ...request };
  return expectSuccess(await callApi('POST /appointments', { token, body }), 201, appointment);
}

const sendCommand = (name: string, { id }: Appointment, options: RequestOptions = {}) =>
  callApi(`POST /appointments/${id}/${name}`, { token: patient, ...options });

const read = async ({ id }: Appointment, token = patient) =>
  expectSuccess(await callApi(`GET /appointments/${id}`, { token }), 200, appointment);

/** Moves an appointment back by days. The API cannot book an appointment that has already begun. */
const shiftAppointment = ({ id }: Appointment, days: number) =>
  withClient({ connectionString: inject('system').state.databaseUrl }, (db) =>
    db.query(
      `update appointments set
         start_time = start_time - make_interval(days => $2), end_time = end_time - make_interval(days => $2), version = version + 1
       where id = $1`,
      [id, days],
    ),
  );

/** Sets the end of a hold to now. The clock of the system is not moved, because other test files use it at the same time. */
const endHold = ({ id, slotIds }: Appointment) =>
  withClient({ connectionString: inject('system').state.databaseUrl }, async (db) => {
    await db.query('begin');
    await db.query('update availability_slots set held_until = clock(), version = version + 1 where id = any($1)', [
      slotIds,
    ]);
    await db.query('update appointments set expires_at = clock(), version = version + 1 where id = $1', [id]);
    await db.query('commit');
  });

describe('a hold', () => {
  it('reserves its time, can be renewed once, and can be confirmed', async () => {
    const held = await book({ hold: true });
    expect(held).toMatchObject({ status: 'pending', version: 1, slotIds: [expect.any(String)] });
    const [slotId] = held.slotIds;
    expectRefusal(await callApi('POST /appointments', { token: rival, body: { slotId } }), 409, 'slot_taken');

    const renewed = expectSuccess(await sendCommand('renew', held), 200, appointment);
    expect(Date.parse(renewed.expiresAt ?? '')).toBeGreaterThanOrEqual(Date.parse(held.expiresAt ?? ''));
    expect(expectRefusal(await sendCommand('renew', held), 409, 'already_renewed').detail).toContain(renewed.expiresAt);

    const confirmed = expectSuccess(await sendCommand('confirm', held), 200, appointment);
    expect(confirmed).toMatchObject({ id: held.id, status: 'booked', slotIds: [slotId], version: 3 });
    expect(confirmed).not.toHaveProperty('expiresAt');
    expectRefusal(await sendCommand('confirm', held), 409, 'illegal_transition');
  });

  it('that has expired cannot be confirmed or renewed, and another patient can book its time', async () => {
    const held = await book({ hold: true });
    const [slotId] = held.slotIds;
    await endHold(held);
    const expired = await read(held);
    // Version 1 is the hold, version 2 its new end.
    expect(expired).toMatchObject({ status: 'expired', slotIds: [], version: 3 });
    expectRefusal(await sendCommand('confirm', held), 409, 'hold_expired');
    expectRefusal(await sendCommand('renew', held), 409, 'hold_expired');
    const taken = expectSuccess(
      await callApi('POST /appointments', { token: rival, body: { slotId } }),
      201,
      appointment,
    );
    expect(taken).toMatchObject({ status: 'booked', slotIds: [slotId] });
    expect(await read(held)).toEqual(expired);
    const list = await callApi('GET /appointments?status=expired', { token: patient });
    expect(expectSuccess(list, 200, pageSchema(appointment)).items).toContainEqual(expired);
  });

  it('can be cancelled by its owner, and a patient can have three holds at most', async () => {
    const [token = ''] = await createPatients(1);
    const holds = [
      await book({ hold: true }, token),
      await book({ hold: true }, token),
      await book({ hold: true }, token),
    ];
    const body = { clinicId: clinic.clinicId, startTime: takeFreeTime(), hold: true };
    const { detail } = expectRefusal(await callApi('POST /appointments', { token, body }), 409, 'too_many_holds');
    expect(detail).toContain('holdsPerPatient = 3');
    for (const held of holds) {
      expect(expectSuccess(await sendCommand('cancel', held, { token }), 200, appointment)).toMatchObject({
        status: 'cancelled',
      });
    }
    expectSuccess(await callApi('POST /appointments', { token, body }), 201, appointment);
  });

  it('can be confirmed by an admin, but not by another patient or the doctor', async () => {
    const held = await book({ hold: true });
    expectRefusal(await sendCommand('confirm', held, { token: rival }), 404, 'not_found');
    expectRefusal(await sendCommand('confirm', held, { token: doctor }), 403, 'forbidden');
    expect(expectSuccess(await sendCommand('confirm', held, { token: admin }), 200, appointment)).toMatchObject({
      status: 'booked',
    });
  });
});

describe('a reschedule', () => {
  it('can move an appointment of two slots to a time that overlaps its old time', async () => {
    const startTime = takeFreeTime(3);
    const booked = await book({ startTime, slots: 2 });
    const later = new Date(Date.parse(startTime) + 30 * 60_000).toISOString();
    const moved = expectSuccess(
      await sendCommand('reschedule', booked, { body: { startTime: later } }),
      200,
      appointment,
    );
    expect(moved).toMatchObject({ id: booked.id, reference: booked.reference, slots: 2, version: 2 });
    expect(Date.parse(moved.startTime)).toBe(Date.parse(later));
    expect(moved.slotIds[0]).toBe(booked.slotIds[1]);
    expect(await listFreeTimes(clinic.clinicId)).toContain(startTime);
  });

  it('changes the doctor if theirs is not free, unless the request names a doctor', async () => {
    const [patientAppointment, rivalAppointment] = [await book(), await book({}, rival)];
    const body = { startTime: rivalAppointment.startTime };
    const bodyWithDoctor = { ...body, doctorId: clinic.doctorIds[0] };
    expectRefusal(await sendCommand('reschedule', patientAppointment, { body: bodyWithDoctor }), 409, 'slot_taken');
    expect(await read(patientAppointment)).toEqual(patientAppointment);
    const moved = expectSuccess(await sendCommand('reschedule', patientAppointment, { body }), 200, appointment);
    expect(moved).toMatchObject({ startTime: rivalAppointment.startTime, doctor: { id: clinic.doctorIds[1] } });
    expectRefusal(
      await sendCommand('reschedule', patientAppointment, { body: { slotId: rivalAppointment.slotIds[0] } }),
      409,
      'slot_taken',
    );
  });

  it('is refused for a busy patient, a past time, an unknown id, another patient and an invalid body', async () => {
    const [first, second] = [await book(), await book()];
    const { startTime } = second;
    expectRefusal(await sendCommand('reschedule', first, { body: { startTime } }), 409, 'patient_busy');
    expectRefusal(
      await sendCommand('reschedule', first, { body: { startTime: '2020-01-01T09:00:00Z' } }),
      422,
      'not_bookable',
    );
    expectRefusal(await sendCommand('reschedule', first, { body: { slotId: randomUUID() } }), 404, 'not_found');
    expectRefusal(
      await sendCommand('reschedule', first, { body: { startTime, doctorId: randomUUID() } }),
      404,
      'not_found',
    );
    expectRefusal(await sendCommand('reschedule', first, { token: rival, body: { startTime } }), 404, 'not_found');
    const { errors } = expectRefusal(
      await sendCommand('reschedule', first, { body: { doctorId: 'x' } }),
      400,
      'invalid_request',
    );
    expect(errors?.map(({ path }) => path).sort()).toEqual(['body.doctorId', 'body.startTime']);
    expect(await read(first)).toEqual(first);
  });
});

describe('an appointment that has begun', () => {
  it('can be completed by its doctor, but not earlier, and cannot be changed afterwards', async () => {
    const booked = await book();
    expect(expectRefusal(await sendCommand('complete', booked, { token: doctor }), 409, 'too_early').detail).toContain(
      booked.startTime,
    );
    expectRefusal(await sendCommand('complete', booked), 403, 'forbidden');
    await shiftAppointment(booked, 9);
    const completed = expectSuccess(await sendCommand('complete', booked, { token: doctor }), 200, appointment);
    expect(completed).toMatchObject({ status: 'completed' });
    expectRefusal(await sendCommand('no-show', booked, { token: doctor }), 409, 'illegal_transition');
    expectRefusal(await sendCommand('cancel', booked), 409, 'illegal_transition');
    const body = { startTime: takeFreeTime() };
    expectRefusal(await sendCommand('reschedule', booked, { body }), 409, 'illegal_transition');
  });

  it('can be marked as a no-show, and a patient with too many is refused unless staff book for them', async () => {
    const strict = await openClinic({ noShowsPerPatient: 1 });
    const [token = ''] = await createPatients(1);
    const request = { clinicId: strict.clinicId, doctorId: strict.doctorIds[0], startTime: strict.times[0] };
    const booked = await book(request, token);
    await shiftAppointment(booked, 9);
    expect(expectSuccess(await sendCommand('no-show', booked, { token: admin }), 200, appointment)).toMatchObject({
      status: 'no_show',
    });
    const again = { ...request, startTime: strict.times[1] };
    const { detail } = expectRefusal(
      await callApi('POST /appointments', { token, body: again }),
      409,
      'too_many_no_shows',
    );
    expect(detail).toContain('noShowsPerPatient = 1');
    const schedule = await callApi(
      `GET /doctors/${strict.doctorIds[0]}/schedule?from=${new Date(Date.now() - 30 * DAY).toISOString()}&to=${new Date().toISOString()}`,
      { token: admin },
    );
    expect(schedule.status).toBe(200);
    const patientId = await readPatientId(token);
    await book({ ...again, patientId }, admin);
  });
});

const readPatientId = async (token: string) => ((await callApi('GET /me', { token })).body as { id: string }).id;

it('patient, doctor and admin can read an appointment, and staff can book for a patient whom they name', async () => {
  const booked = await book();
  for (const token of [patient, doctor, admin]) {
    expect(await read(booked, token)).toEqual(booked);
    const list = await callApi(`GET /appointments?status=booked&from=${booked.startTime}&to=${booked.endTime}`, {
      token,
    });
    expect(expectSuccess(list, 200, pageSchema(appointment)).items).toContainEqual(booked);
  }
  const patientId = await readPatientId(patient);
  for (const token of [doctor, admin]) expect(await book({ patientId }, token)).toMatchObject({ status: 'booked' });
  expectRefusal(
    await callApi('POST /appointments', {
      token: doctor,
      body: { clinicId: clinic.clinicId, startTime: takeFreeTime() },
    }),
    400,
    'invalid_request',
  );
});

describe('the booking policy of a clinic', () => {
  it('is quoted in a refusal, with the name and value of the rule', async () => {
    const strict = await openClinic({
      appointmentsPerPatient: 1,
      cancellationCutoffMinutes: 43_200,
      noticeMinutes: 1_440,
    });
    const [token = ''] = await createPatients(1);
    const request = { clinicId: strict.clinicId, doctorId: strict.doctorIds[0] };
    const booked = await book({ ...request, startTime: strict.times.at(-1) }, token);
    const details = [
      expectRefusal(
        await callApi('POST /appointments', { token, body: { ...request, startTime: strict.times.at(-2) } }),
        409,
        'too_many_appointments',
      ),
      expectRefusal(await sendCommand('cancel', booked, { token }), 409, 'too_late_to_cancel'),
      expectRefusal(
        await sendCommand('reschedule', booked, { token, body: { startTime: strict.times.at(-2) } }),
        409,
        'too_late_to_reschedule',
      ),
      expectRefusal(await sendCommand('cancel', booked, { token: admin }), 409, 'too_late_to_cancel'),
    ].map(({ detail }) => detail);
    expect(details[0]).toContain('appointmentsPerPatient = 1');
    for (const detail of details.slice(1)) expect(detail).toContain('cancellationCutoffMinutes = 43200');
    const body = { startTime: strict.times.at(-2), reason: 'The doctor asks for it' };
    expectSuccess(await sendCommand('reschedule', booked, { token: admin, body }), 200, appointment);
    expectSuccess(
      await sendCommand('cancel', booked, { token: admin, body: { reason: 'The doctor is ill' } }),
      200,
      appointment,
    );
  });
});

describe('a change with an outdated If-Match', () => {
  it('is refused with 412 and the current version', async () => {
    const booked = await book();
    const current = await callApi(`GET /appointments/${booked.id}`, { token: patient });
    expect(current.headers.etag).toBe('"1"');
    const notModified = await callApi(`GET /appointments/${booked.id}`, {
      token: patient,
      headers: { 'If-None-Match': '"1"' },
    });
    expect(notModified).toMatchObject({ status: 304, body: '' });
    const stale = { headers: { 'If-Match': '"7"' } };
    expect(expectRefusal(await sendCommand('cancel', booked, stale), 412, 'precondition_failed').detail).toContain(
      '"1"',
    );
    expectRefusal(await sendCommand('cancel', booked, { headers: { 'If-Match': '1' } }), 400, 'invalid_request');
    const cancelled = await sendCommand('cancel', booked, { headers: { 'If-Match': '"1"' } });
    expectSuccess(cancelled, 200, appointment);
    expect(cancelled.headers.etag).toBe('"2"');
  });
});

describe('an Idempotency-Key', () => {
  it.each(['confirm', 'renew', 'cancel', 'reschedule'])(
    'replays the response to a repeated %s, which runs only once',
    async (name) => {
      const before = await book({ hold: name === 'confirm' || name === 'renew' });
      const body = name === 'reschedule' ? { startTime: takeFreeTime() } : {};
      const options = { body, headers: { 'Idempotency-Key': randomUUID() } };
      const first = await sendCommand(name, before, options);
      const again = await sendCommand(name, before, options);
      expectSuccess(first, 200, appointment);
      expect(again).toMatchObject({ status: 200, body: first.body });
      expect([first, again].map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true']);
      expect((await read(before)).version).toBe(2);
      if (name !== 'cancel' && name !== 'reschedule') return;
      const other = { ...options, body: { ...body, reason: 'Another body' } };
      expectRefusal(await sendCommand(name, before, other), 422, 'idempotency_key_reused');
      expectRefusal(await sendCommand(name, before, { ...options, token: rival }), 404, 'not_found');
    },
  );
});

it('the scheduled job of the template expires a hold that no request has expired', {
  timeout: 120_000,
}, async () => {
  const listPublishedKinds = async () =>
    withClient({ connectionString: inject('system').state.databaseUrl }, async (db) => {
      const { rows } = await db.query<{ kind: string }>(
        'select kind from outbox where appointment_id = $1 order by id',
        [holdForJob.id],
      );
      return rows.map(({ kind }) => kind);
    });
  await expect
    .poll(listPublishedKinds, { timeout: 110_000, interval: 500 })
    .toEqual(['appointment_held', 'appointment_expired']);
});
