import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Appointment, appointment } from '../../lambdas/appointments/appointment.ts';
import { withClient } from '../../lambdas/shared/db.ts';
import { pageOf } from '../../lambdas/shared/http/page.ts';
import { done, refused } from '../support/answers.ts';
import { call, type Sent } from '../support/http.ts';
import { demoToken, newPatients, signInInvited } from '../support/logins.ts';
import { freeTimes, type NewClinic, openClinic } from '../support/new-clinic.ts';

const DAY = 86_400_000;

let clinic: NewClinic;
let patient: string;
let rival: string;
let doctor: string;
let admin: string;
let next = 0;

beforeAll(async () => {
  clinic = await openClinic({ doctors: 2, holdSeconds: 30, appointmentsPerPatient: 100 });
  [patient = '', rival = ''] = await newPatients(2);
  doctor = await signInInvited(clinic.doctorEmails[0] ?? '');
  admin = await demoToken('admin');
});

/** A start that nobody has asked for yet, with so many slots after it. */
function freshStart(slots = 1): string {
  const start = clinic.times[next] ?? '';
  next += slots;
  return start;
}

async function book(wish: object = {}, token = patient): Promise<Appointment> {
  const body = { clinicId: clinic.clinicId, doctorId: clinic.doctorIds[0], startTime: freshStart(), ...wish };
  return done(await call('POST /appointments', { token, body }), 201, appointment);
}

const command = (name: string, { id }: Appointment, sent: Sent = {}) =>
  call(`POST /appointments/${id}/${name}`, { token: patient, ...sent });

const read = async ({ id }: Appointment, token = patient) =>
  done(await call(`GET /appointments/${id}`, { token }), 200, appointment);

/** Lets days pass for one appointment: there is no other way to have one whose time has come. */
const letPass = ({ id }: Appointment, days: number) =>
  withClient({ connectionString: inject('system').state.databaseUrl }, (db) =>
    db.query(
      `update appointments set
         start_time = start_time - make_interval(days => $2), end_time = end_time - make_interval(days => $2), version = version + 1
       where id = $1`,
      [id, days],
    ),
  );

describe('a hold', () => {
  it('keeps the time, is renewed once, and confirmed', async () => {
    const held = await book({ hold: true });
    expect(held).toMatchObject({ status: 'pending', version: 1, slotIds: [expect.any(String)] });
    const [slotId] = held.slotIds;
    refused(await call('POST /appointments', { token: rival, body: { slotId } }), 409, 'slot_taken');

    const renewed = done(await command('renew', held), 200, appointment);
    expect(Date.parse(renewed.expiresAt ?? '')).toBeGreaterThanOrEqual(Date.parse(held.expiresAt ?? ''));
    expect(refused(await command('renew', held), 409, 'already_renewed').detail).toContain(renewed.expiresAt);

    const confirmed = done(await command('confirm', held), 200, appointment);
    expect(confirmed).toMatchObject({ id: held.id, status: 'booked', slotIds: [slotId], version: 3 });
    expect(confirmed).not.toHaveProperty('expiresAt');
    refused(await command('confirm', held), 409, 'illegal_transition');
  });

  it('is free again to everybody when it expires, and cannot be confirmed any more', { timeout: 60_000 }, async () => {
    const held = await book({ hold: true });
    const [slotId] = held.slotIds;
    await wait(Date.parse(held.expiresAt ?? '') - Date.now() + 1_000);
    const expired = await read(held);
    expect(expired).toMatchObject({ status: 'expired', slotIds: [], version: 2 });
    refused(await command('confirm', held), 409, 'hold_expired');
    refused(await command('renew', held), 409, 'hold_expired');
    const taken = done(await call('POST /appointments', { token: rival, body: { slotId } }), 201, appointment);
    expect(taken).toMatchObject({ status: 'booked', slotIds: [slotId] });
    expect(await read(held)).toEqual(expired);
    const list = await call('GET /appointments?status=expired', { token: patient });
    expect(done(list, 200, pageOf(appointment)).items).toContainEqual(expired);
  });

  it('is given back by its owner, and a patient has three at most', async () => {
    const [token = ''] = await newPatients(1);
    const holds = [
      await book({ hold: true }, token),
      await book({ hold: true }, token),
      await book({ hold: true }, token),
    ];
    const body = { clinicId: clinic.clinicId, startTime: freshStart(), hold: true };
    const { detail } = refused(await call('POST /appointments', { token, body }), 409, 'too_many_holds');
    expect(detail).toContain('holdsPerPatient = 3');
    for (const held of holds) {
      expect(done(await command('cancel', held, { token }), 200, appointment)).toMatchObject({ status: 'cancelled' });
    }
    done(await call('POST /appointments', { token, body }), 201, appointment);
  });

  it('is confirmed by an admin, and by no stranger', async () => {
    const held = await book({ hold: true });
    refused(await command('confirm', held, { token: rival }), 404, 'not_found');
    refused(await command('confirm', held, { token: doctor }), 403, 'forbidden');
    expect(done(await command('confirm', held, { token: admin }), 200, appointment)).toMatchObject({
      status: 'booked',
    });
  });
});

describe('a reschedule', () => {
  it('moves all slots of an appointment onto a time that overlaps the old one', async () => {
    const startTime = freshStart(3);
    const booked = await book({ startTime, slots: 2 });
    const later = new Date(Date.parse(startTime) + 30 * 60_000).toISOString();
    const moved = done(await command('reschedule', booked, { body: { startTime: later } }), 200, appointment);
    expect(moved).toMatchObject({ id: booked.id, reference: booked.reference, slots: 2, version: 2 });
    expect(Date.parse(moved.startTime)).toBe(Date.parse(later));
    expect(moved.slotIds[0]).toBe(booked.slotIds[1]);
    expect(await freeTimes(clinic.clinicId)).toContain(startTime);
  });

  it('falls back on another doctor, unless one is named', async () => {
    const [mine, other] = [await book(), await book({}, rival)];
    const body = { startTime: other.startTime };
    const named = { ...body, doctorId: clinic.doctorIds[0] };
    refused(await command('reschedule', mine, { body: named }), 409, 'slot_taken');
    expect(await read(mine)).toEqual(mine);
    const moved = done(await command('reschedule', mine, { body }), 200, appointment);
    expect(moved).toMatchObject({ startTime: other.startTime, doctor: { id: clinic.doctorIds[1] } });
    refused(await command('reschedule', mine, { body: { slotId: other.slotIds[0] } }), 409, 'slot_taken');
  });

  it('is refused to where the patient is, where nothing is, to strangers and without a sense', async () => {
    const [first, second] = [await book(), await book()];
    const { startTime } = second;
    refused(await command('reschedule', first, { body: { startTime } }), 409, 'patient_busy');
    refused(await command('reschedule', first, { body: { startTime: '2020-01-01T09:00:00Z' } }), 422, 'not_bookable');
    refused(await command('reschedule', first, { body: { slotId: randomUUID() } }), 404, 'not_found');
    refused(await command('reschedule', first, { body: { startTime, doctorId: randomUUID() } }), 404, 'not_found');
    refused(await command('reschedule', first, { token: rival, body: { startTime } }), 404, 'not_found');
    const { errors } = refused(await command('reschedule', first, { body: { doctorId: 'x' } }), 400, 'invalid_request');
    expect(errors?.map(({ path }) => path).sort()).toEqual(['body.doctorId', 'body.startTime']);
    expect(await read(first)).toEqual(first);
  });
});

describe('what has begun', () => {
  it('is completed by its doctor, and stays so', async () => {
    const booked = await book();
    expect(refused(await command('complete', booked, { token: doctor }), 409, 'too_early').detail).toContain(
      booked.startTime,
    );
    refused(await command('complete', booked), 403, 'forbidden');
    await letPass(booked, 9);
    const completed = done(await command('complete', booked, { token: doctor }), 200, appointment);
    expect(completed).toMatchObject({ status: 'completed' });
    refused(await command('no-show', booked, { token: doctor }), 409, 'illegal_transition');
    refused(await command('cancel', booked), 409, 'illegal_transition');
    const body = { startTime: freshStart() };
    refused(await command('reschedule', booked, { body }), 409, 'illegal_transition');
  });

  it('is missed, which ends booking by oneself and not by the clinic', async () => {
    const strict = await openClinic({ noShowsPerPatient: 1 });
    const [token = ''] = await newPatients(1);
    const wish = { clinicId: strict.clinicId, doctorId: strict.doctorIds[0], startTime: strict.times[0] };
    const booked = await book(wish, token);
    await letPass(booked, 9);
    expect(done(await command('no-show', booked, { token: admin }), 200, appointment)).toMatchObject({
      status: 'no_show',
    });
    const again = { ...wish, startTime: strict.times[1] };
    const { detail } = refused(await call('POST /appointments', { token, body: again }), 409, 'too_many_no_shows');
    expect(detail).toContain('noShowsPerPatient = 1');
    const schedule = await call(
      `GET /doctors/${strict.doctorIds[0]}/schedule?from=${new Date(Date.now() - 30 * DAY).toISOString()}&to=${new Date().toISOString()}`,
      { token: admin },
    );
    expect(schedule.status).toBe(200);
    const patientId = await patientIdOf(token);
    await book({ ...again, patientId }, admin);
  });
});

const patientIdOf = async (token: string) => ((await call('GET /me', { token })).body as { id: string }).id;

it('is seen by its patient, its doctor and its admin, and made by staff for a patient whom they know', async () => {
  const booked = await book();
  for (const token of [patient, doctor, admin]) {
    expect(await read(booked, token)).toEqual(booked);
    const list = await call(`GET /appointments?status=booked&from=${booked.startTime}&to=${booked.endTime}`, { token });
    expect(done(list, 200, pageOf(appointment)).items).toContainEqual(booked);
  }
  const patientId = await patientIdOf(patient);
  for (const token of [doctor, admin]) expect(await book({ patientId }, token)).toMatchObject({ status: 'booked' });
  refused(
    await call('POST /appointments', { token: doctor, body: { clinicId: clinic.clinicId, startTime: freshStart() } }),
    400,
    'invalid_request',
  );
});

describe('the policy of a clinic', () => {
  it('names each rule and its value', async () => {
    const strict = await openClinic({
      appointmentsPerPatient: 1,
      cancellationCutoffMinutes: 43_200,
      noticeMinutes: 1_440,
    });
    const [token = ''] = await newPatients(1);
    const wish = { clinicId: strict.clinicId, doctorId: strict.doctorIds[0] };
    const booked = await book({ ...wish, startTime: strict.times.at(-1) }, token);
    const details = [
      refused(
        await call('POST /appointments', { token, body: { ...wish, startTime: strict.times.at(-2) } }),
        409,
        'too_many_appointments',
      ),
      refused(await command('cancel', booked, { token }), 409, 'too_late_to_cancel'),
      refused(
        await command('reschedule', booked, { token, body: { startTime: strict.times.at(-2) } }),
        409,
        'too_late_to_reschedule',
      ),
      refused(await command('cancel', booked, { token: admin }), 409, 'too_late_to_cancel'),
    ].map(({ detail }) => detail);
    expect(details[0]).toContain('appointmentsPerPatient = 1');
    for (const detail of details.slice(1)) expect(detail).toContain('cancellationCutoffMinutes = 43200');
    const body = { startTime: strict.times.at(-2), reason: 'The doctor asks for it' };
    done(await command('reschedule', booked, { token: admin, body }), 200, appointment);
    done(await command('cancel', booked, { token: admin, body: { reason: 'The doctor is ill' } }), 200, appointment);
  });
});

describe('a change that was based on an older version', () => {
  it('is refused, and the ETag says which one there is', async () => {
    const booked = await book();
    const answer = await call(`GET /appointments/${booked.id}`, { token: patient });
    expect(answer.headers.etag).toBe('"1"');
    const known = await call(`GET /appointments/${booked.id}`, { token: patient, headers: { 'If-None-Match': '"1"' } });
    expect(known).toMatchObject({ status: 304, body: '' });
    const stale = { headers: { 'If-Match': '"7"' } };
    expect(refused(await command('cancel', booked, stale), 412, 'precondition_failed').detail).toContain('"1"');
    refused(await command('cancel', booked, { headers: { 'If-Match': '1' } }), 400, 'invalid_request');
    const cancelled = await command('cancel', booked, { headers: { 'If-Match': '"1"' } });
    done(cancelled, 200, appointment);
    expect(cancelled.headers.etag).toBe('"2"');
  });
});

describe('an Idempotency-Key', () => {
  it.each(['confirm', 'renew', 'cancel', 'reschedule'])(
    'lets %s be repeated: the same bytes, and nothing twice',
    async (name) => {
      const before = await book({ hold: name === 'confirm' || name === 'renew' });
      const body = name === 'reschedule' ? { startTime: freshStart() } : {};
      const sent = { body, headers: { 'Idempotency-Key': randomUUID() } };
      const first = await command(name, before, sent);
      const again = await command(name, before, sent);
      done(first, 200, appointment);
      expect(again).toMatchObject({ status: 200, body: first.body });
      expect([first, again].map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true']);
      expect((await read(before)).version).toBe(2);
      if (name !== 'cancel' && name !== 'reschedule') return;
      const other = { ...sent, body: { ...body, reason: 'Another body' } };
      refused(await command(name, before, other), 422, 'idempotency_key_reused');
      refused(await command(name, before, { ...sent, token: rival }), 404, 'not_found');
    },
  );
});

it('holds are settled by the job of the template when nobody else does it', { timeout: 120_000 }, async () => {
  const held = await book({ hold: true });
  const kinds = async () =>
    withClient({ connectionString: inject('system').state.databaseUrl }, async (db) => {
      const { rows } = await db.query<{ kind: string }>(
        'select kind from outbox where appointment_id = $1 order by id',
        [held.id],
      );
      return rows.map(({ kind }) => kind);
    });
  await expect.poll(kinds, { timeout: 110_000, interval: 2_000 }).toEqual(['appointment_held', 'appointment_expired']);
});
