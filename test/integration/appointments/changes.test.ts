import { randomUUID } from 'node:crypto';
import { APPOINTMENT_STATUSES } from '@medbook/contract/appointment';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeName } from '../../../lambdas/appointments/appointments.sql.ts';
import { purgeBatch } from '../../../lambdas/housekeeping/housekeeping.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { countOutcomes, openClients } from '../../support/clinic/booking-clients.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startTimeInDays,
  type TestClinic,
} from '../../support/clinic/insert-clinic.ts';
import { rescheduleAtOnce, rescheduleOntoEachOther } from '../../support/clinic/reschedule-races.ts';
import { readPublishedChanges, readSlots } from '../../support/clinic/slots.ts';
import { createTestActor, type TestActor, unwrapAppointment } from '../../support/clinic/test-actor.ts';
import { expectInvariants } from '../../support/database/invariants.ts';
import { replaceClock, type TestClock } from '../../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

const CLIENTS = 100;
const MINUTE = 60_000;
const DAY_SECONDS = 86_400;

let database: TestDatabase;
let owner: pg.Client;
let clock: TestClock;
let clients: Db[];
let patient: TestActor;
let otherPatient: TestActor;
let clinic: TestClinic;
let admin: TestActor;
let doctor: TestActor;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clock = await replaceClock(owner);
  clients = await openClients(database, CLIENTS);
});

const clientAt = (index: number): Db => {
  const client = clients[index % CLIENTS];
  if (!client) throw new Error('The clients are not open yet.');
  return client;
};

/** Inserts a new clinic with these options, and sets two patients, an admin and the first doctor as actors. */
async function arrangeClinic(options: Parameters<typeof insertClinic>[1] = {}): Promise<void> {
  const [first = '', second = ''] = await insertPatients(owner, 2);
  clinic = await insertClinic(owner, options);
  patient = createTestActor(clientAt(0), first);
  otherPatient = createTestActor(clientAt(1), second);
  admin = createTestActor(clientAt(2), await insertAdmin(owner, clinic.clinicId), ['admin']);
  doctor = createTestActor(clientAt(3), `doctor-${clinic.doctorIds[0]}`, ['doctor']);
}

beforeEach(() => arrangeClinic());

afterEach(async () => {
  await clock.reset();
  await expectInvariants(owner);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const startAt = (halfHours: number) => startTimeInDays(3, halfHours);
const START = startAt(0);
const requestAt = (halfHours = 0, { clinicId } = clinic) => ({ clinicId, startTime: startAt(halfHours) });
const minutesBefore = (instant: Date, minutes: number) => new Date(instant.getTime() - minutes * MINUTE);
const readPatientId = async ({ sub }: TestActor) =>
  (await owner.query<{ id: string }>('select id from patients where cognito_sub = $1', [sub])).rows[0]?.id;

/** Reads the rows of the clinic that a change could modify, and counts outbox and audit rows. */
async function readAllTables(): Promise<unknown> {
  const { rows } = await owner.query(
    `select
       (select json_agg(a order by id) from appointments a where clinic_id = $1) as appointments,
       (select json_agg(s order by id) from availability_slots s where clinic_id = $1) as slots,
       (select json_agg(c order by c.id) from appointment_slots c join appointments a on a.id = c.appointment_id where a.clinic_id = $1) as claims,
       (select count(*) from outbox) as published,
       (select count(*) from audit_log where action <> 'read') as audited`,
    [clinic.clinicId],
  );
  return rows[0];
}

describe('rescheduling', () => {
  it('keeps the doctor and the reference, and deactivates the old claim', async () => {
    await arrangeClinic({ doctors: 2 });
    const ids = await insertSlots(owner, clinic, START, 3);
    const [first, second] = clinic.doctorIds;
    const booked = await patient.bookOrThrow({ ...requestAt(0), doctorId: first, type: 'video' });
    // The other doctor has fewer appointments that day.
    await otherPatient.bookOrThrow({ ...requestAt(1), doctorId: first });
    const moved = unwrapAppointment(await patient.change('reschedule', booked.id, { startTime: startAt(2) }));
    expect(moved).toEqual({
      ...booked,
      startTime: startAt(2).toISOString().replace('.000', ''),
      endTime: startAt(3).toISOString().replace('.000', ''),
      slotIds: [ids[2]],
      version: 2,
    });
    expect(second).not.toBe(first);
    expect(await readSlots(owner, [ids[0] ?? '', ids[2] ?? ''])).toMatchObject([
      { status: 'free', version: 3 },
      { status: 'booked', version: 2 },
    ]);
    expect(await readPublishedChanges(owner, booked.id)).toEqual([
      'appointment_booked 1: booked/2',
      'appointment_rescheduled 2: free/3 booked/2',
    ]);
    const { rows } = await owner.query('select slot_id, active from appointment_slots where appointment_id = $1', [
      booked.id,
    ]);
    expect(rows).toEqual(
      expect.arrayContaining([
        { slot_id: ids[0], active: false },
        { slot_id: ids[2], active: true },
      ]),
    );
  });

  it('chooses another doctor of the same specialization if the own doctor is booked', async () => {
    await arrangeClinic({ doctors: 3 });
    const [own, colleague, dentist] = clinic.doctorIds;
    await owner.query(`update doctors set specialization = 'Dentistry' where id = $1`, [dentist]);
    await insertSlots(owner, clinic, START, 2);
    const booked = await patient.bookOrThrow({ ...requestAt(0), doctorId: own });
    await otherPatient.bookOrThrow({ ...requestAt(1), doctorId: own });
    const moved = unwrapAppointment(await patient.change('reschedule', booked.id, { startTime: startAt(1) }));
    expect(moved).toMatchObject({ doctor: { id: colleague }, reference: booked.reference, version: 2 });

    const [other = ''] = await insertPatients(owner, 1);
    const late = await createTestActor(clientAt(4), other).bookOrThrow({ ...requestAt(0), doctorId: own });
    const refused = await createTestActor(clientAt(4), other).change('reschedule', late.id, { startTime: startAt(1) });
    expect(refused.result).toMatchObject({ outcome: 'slot_taken', field: 'startTime' });
  });

  it('moves only to the doctor or the slot in the request', async () => {
    await arrangeClinic({ doctors: 2 });
    const [own, other] = clinic.doctorIds;
    const ids = await insertSlots(owner, clinic, START, 3);
    const booked = await patient.bookOrThrow({ ...requestAt(0), doctorId: own });
    const sameTime = await patient.change('reschedule', booked.id, { startTime: START, doctorId: other });
    expect(unwrapAppointment(sameTime)).toMatchObject({ doctor: { id: other }, slotIds: [ids[3]], version: 2 });
    const toSlot = await patient.change('reschedule', booked.id, { slotId: ids[1] });
    expect(unwrapAppointment(toSlot)).toMatchObject({ doctor: { id: own }, slotIds: [ids[1]], version: 3 });

    await otherPatient.bookOrThrow({ ...requestAt(2), doctorId: other });
    for (const request of [{ startTime: startAt(2), doctorId: other }, { slotId: ids[5] }]) {
      expect((await patient.change('reschedule', booked.id, request)).result.outcome).toBe('slot_taken');
    }
  });

  it('of several slots may overlap their old time, forwards and backwards', async () => {
    const ids = await insertSlots(owner, clinic, START, 5);
    const booked = await patient.bookOrThrow({ ...requestAt(1), slots: 3 });
    const later = unwrapAppointment(await patient.change('reschedule', booked.id, { startTime: startAt(2) }));
    expect(later.slotIds).toEqual(ids.slice(2, 5));
    expect((await readSlots(owner, ids)).map(({ status }) => status)).toEqual([
      'free',
      'free',
      'booked',
      'booked',
      'booked',
    ]);
    const earlier = unwrapAppointment(await patient.change('reschedule', booked.id, { slotId: ids[0] }));
    expect(earlier).toMatchObject({ slotIds: ids.slice(0, 3), version: 3, slots: 3 });
    expect(unwrapAppointment(await patient.change('reschedule', booked.id, { startTime: startAt(2) })).slotIds).toEqual(
      ids.slice(2, 5),
    );
  });

  it('to the current time changes nothing', async () => {
    const ids = await insertSlots(owner, clinic, START, 2);
    const booked = await patient.bookOrThrow({ ...requestAt(0), slots: 2 });
    const before = await readAllTables();
    for (const request of [
      { startTime: START },
      { startTime: START, doctorId: clinic.doctorIds[0] },
      { slotId: ids[0] },
    ]) {
      expect((await patient.change('reschedule', booked.id, request)).result).toEqual({
        outcome: 'done',
        appointment: booked,
      });
    }
    expect(await readAllTables()).toEqual(before);
  });

  it('does not count toward the limit of appointments', async () => {
    await arrangeClinic({ appointmentsPerPatient: 1 });
    await insertSlots(owner, clinic, START, 2);
    const booked = await patient.bookOrThrow(requestAt(0));
    expect((await patient.change('reschedule', booked.id, { startTime: startAt(1) })).result.outcome).toBe('done');
  });

  it.each([
    ['slot_taken', { startTime: startAt(1) }, {}],
    // Only the second half of this time is free.
    ['slot_taken', { startTime: startAt(2) }, {}],
    ['patient_busy', { startTime: startAt(5) }, {}],
    [
      'not_bookable',
      { startTime: new Date(startAt(1).getTime() + MINUTE) },
      { field: 'startTime', rule: 'slot', value: 2 },
    ],
    ['not_bookable', { startTime: startTimeInDays(-1) }, { field: 'startTime', rule: 'past' }],
    ['not_bookable', { startTime: startTimeInDays(50) }, { field: 'startTime', rule: 'horizon', value: 40 }],
    ['not_found', { slotId: randomUUID() }, { field: 'slotId' }],
    ['not_found', { startTime: startAt(7), doctorId: randomUUID() }, { field: 'doctorId' }],
    ['illegal_transition', { startTime: startAt(7) }, { command: 'reschedule', from: 'pending' }],
  ])('refused with %s changes nothing', async (outcome, request, details) => {
    await arrangeClinic({ doctors: 1, horizonDays: 40 });
    await insertSlots(owner, clinic, startAt(-4), 2);
    await insertSlots(owner, clinic, startAt(1), 10);
    await insertSlots(owner, clinic, startTimeInDays(50), 2);
    const elsewhere = await insertClinic(owner);
    await insertSlots(owner, elsewhere, startAt(5), 2);
    const booking = { ...requestAt(-4), slots: 2, hold: outcome === 'illegal_transition' };
    const booked = unwrapAppointment(await patient.book(booking));
    await otherPatient.bookOrThrow({ ...requestAt(1), slots: 2 });
    await patient.bookOrThrow({ ...requestAt(5, elsewhere), slots: 2 });
    const before = await readAllTables();
    expect((await patient.change('reschedule', booked.id, request)).result).toMatchObject({ outcome, ...details });
    expect(await readAllTables()).toEqual(before);
  });

  it('to a slot or a doctor of another clinic returns not_found', async () => {
    await insertSlots(owner, clinic, START);
    const elsewhere = await insertClinic(owner);
    const [slotId] = await insertSlots(owner, elsewhere, START);
    const { id } = await patient.bookOrThrow(requestAt(0));
    expect((await patient.change('reschedule', id, { slotId })).result).toEqual({
      outcome: 'not_found',
      field: 'slotId',
    });
    const request = { startTime: startAt(1), doctorId: elsewhere.doctorIds[0] };
    expect((await patient.change('reschedule', id, request)).result).toEqual({
      outcome: 'not_found',
      field: 'doctorId',
    });
  });

  it('of a hundred appointments to ten slots moves ten and does not change the others', {
    timeout: 120_000,
  }, async () => {
    await arrangeClinic({ doctors: 10 });
    await insertSlots(owner, clinic, START, 10);
    const target = startAt(30);
    await insertSlots(owner, clinic, target);
    const patientSubs = await insertPatients(owner, CLIENTS);
    const movers = patientSubs.map((sub, index) => createTestActor(clientAt(index), sub));
    const booked = await Promise.all(
      movers.map((mover, index) =>
        mover.bookOrThrow({ ...requestAt(index % 10), doctorId: clinic.doctorIds[Math.floor(index / 10)] }),
      ),
    );
    const results = await Promise.all(
      movers.map((mover, index) => mover.change('reschedule', booked[index]?.id ?? '', { startTime: target })),
    );
    expect(countOutcomes(results)).toEqual({ done: 10, slot_taken: CLIENTS - 10 });
    const { rows } = await owner.query(
      'select count(*)::int, count(distinct doctor_id)::int as doctors from appointments where start_time = $1 and clinic_id = $2',
      [target, clinic.clinicId],
    );
    expect(rows[0]).toEqual({ count: 10, doctors: 10 });
  });

  it('is refused for both of two patients who swap their times, 15 times', () =>
    rescheduleOntoEachOther({ owner, clients }, 15));

  it('causes no deadlock if twelve patients reschedule concurrently, 6 times', () =>
    rescheduleAtOnce({ owner, clients }, 6));
});

describe('each status accepts only its allowed commands', () => {
  const ALLOWED_COMMANDS: Readonly<Record<(typeof APPOINTMENT_STATUSES)[number], readonly ChangeName[]>> = {
    pending: ['confirm', 'renew', 'cancel'],
    booked: ['cancel', 'reschedule', 'complete', 'no_show'],
    cancelled: [],
    completed: [],
    no_show: [],
    expired: [],
  };
  const COMMANDS = ['confirm', 'renew', 'cancel', 'reschedule', 'complete', 'no_show'] as const;
  const cases = APPOINTMENT_STATUSES.flatMap((status) => COMMANDS.map((command) => ({ status, command })));

  it.each(cases)('$status: $command', async ({ status, command }) => {
    await insertSlots(owner, clinic, START);
    await insertSlots(owner, clinic, startAt(20));
    await clock.stopAt(minutesBefore(START, 1));
    const { id } = unwrapAppointment(
      await patient.book({ ...requestAt(0), hold: status === 'pending' || status === 'expired' }),
    );
    if (status !== 'pending') await clock.stopAt(START);
    if (status === 'cancelled') await admin.change('cancel', id, { reason: 'ill' });
    if (status === 'completed') await doctor.change('complete', id);
    if (status === 'no_show') await doctor.change('no_show', id);
    expect((await patient.read(id))?.status).toBe(status);

    const before = await readAllTables();
    const request = { cancel: { reason: 'ill' }, reschedule: { startTime: startAt(20), reason: 'ill' } };
    const { result } = await admin.change(
      command,
      id,
      command in request ? request[command as keyof typeof request] : {},
    );
    if (ALLOWED_COMMANDS[status].includes(command)) {
      expect(result.outcome).toBe('done');
      return;
    }
    const isHoldExpired = status === 'expired' && (command === 'confirm' || command === 'renew');
    expect(result).toMatchObject(
      isHoldExpired ? { outcome: 'hold_expired' } : { outcome: 'illegal_transition', command, from: status },
    );
    if (status !== 'expired') expect(await readAllTables()).toEqual(before);
  });
});

describe('the booking policy of a clinic', () => {
  it('allows patients to cancel and reschedule until the cut-off, and staff after it with an audited reason', async () => {
    await arrangeClinic({ cancellationCutoffMinutes: 90 });
    const ids = await insertSlots(owner, clinic, START, 4);
    const first = await patient.bookOrThrow(requestAt(0));
    const second = await patient.bookOrThrow(requestAt(1));
    const third = await patient.bookOrThrow(requestAt(2));
    await clock.stopAt(minutesBefore(START, 90));
    const late = { outcome: 'too_late_to_cancel', value: 90 };
    expect((await patient.change('cancel', first.id)).result).toEqual(late);
    expect((await patient.change('cancel', first.id, { reason: 'ill' })).result).toEqual(late);
    expect((await admin.change('cancel', first.id)).result).toEqual(late);
    const tooLate = { outcome: 'too_late_to_reschedule', value: 90 };
    expect((await patient.change('reschedule', first.id, { startTime: startAt(3), reason: 'ill' })).result).toEqual(
      tooLate,
    );
    expect((await admin.change('reschedule', first.id, { startTime: startAt(3) })).result).toEqual(tooLate);

    expect((await patient.change('cancel', second.id)).result.outcome).toBe('done');
    expect(
      (await admin.change('reschedule', first.id, { startTime: startAt(3), reason: 'doctor ill' })).result.outcome,
    ).toBe('done');
    await clock.stopAt(startAt(2));
    expect((await admin.change('cancel', third.id, { reason: 'doctor ill' })).result).toMatchObject({
      outcome: 'done',
      appointment: { status: 'cancelled', slotIds: [] },
    });
    expect(await readSlots(owner, ids.slice(2, 3))).toMatchObject([{ status: 'free' }]);
    const { rows } = await owner.query(
      'select cancelled_by, cancellation_reason from appointments where id = any ($1) order by start_time',
      [[second.id, third.id]],
    );
    expect(rows).toEqual([
      { cancelled_by: 'patient', cancellation_reason: null },
      { cancelled_by: 'clinic', cancellation_reason: 'doctor ill' },
    ]);
    const { rows: moved } = await owner.query('select reschedule_reason from appointments where id = $1', [first.id]);
    expect(moved).toEqual([{ reschedule_reason: 'doctor ill' }]);
    const { rows: audited } = await owner.query(
      `select actor_sub, actor_role, action, changed_fields from audit_log
       where entity_id = any ($1) and actor_sub = $2 and action <> 'read' order by id`,
      [[first.id, third.id], admin.sub],
    );
    expect(audited).toMatchObject([
      { actor_role: 'admin', action: 'reschedule', changed_fields: expect.arrayContaining(['reschedule_reason']) },
      { actor_role: 'admin', action: 'cancel', changed_fields: expect.arrayContaining(['cancellation_reason']) },
    ]);
    expect(JSON.stringify(audited)).not.toContain('ill');
  });

  it('audits no reason if the request has none', async () => {
    await insertSlots(owner, clinic, START, 2);
    const { id } = await patient.bookOrThrow(requestAt(0));
    await patient.change('reschedule', id, { startTime: startAt(1) });
    await patient.change('cancel', id);
    const { rows } = await owner.query('select changed_fields from audit_log where entity_id = $1', [id]);
    expect(JSON.stringify(rows)).not.toContain('reason');
  });

  it('refuses bookings of a slot of a doctor who has left', async () => {
    await arrangeClinic({ doctors: 2 });
    const [first = '', , other = ''] = await insertSlots(owner, clinic, START, 2);
    const { id } = await patient.bookOrThrow({ slotId: first });
    await owner.query('update doctors set active = false where id = $1', [clinic.doctorIds[1]]);
    const refusal = { outcome: 'not_bookable', field: 'slotId' };
    expect((await patient.change('reschedule', id, { slotId: other })).result).toMatchObject(refusal);
    expect((await otherPatient.book({ slotId: other })).result).toMatchObject(refusal);
  });

  it('accepts bookings of patients until its notice and of staff until the start, and none beyond its horizon', async () => {
    await arrangeClinic({ noticeMinutes: 60, horizonDays: 10 });
    await insertSlots(owner, clinic, START, 4);
    await insertSlots(owner, clinic, startTimeInDays(14), 2);
    const far = { clinicId: clinic.clinicId, startTime: startTimeInDays(14) };
    const patientId = await readPatientId(patient);
    const mine = await patient.bookOrThrow(requestAt(3));
    await clock.stopAt(new Date(minutesBefore(START, 60).getTime() + 1));
    const tooSoon = { outcome: 'not_bookable', field: 'startTime', rule: 'notice', value: 60 };
    expect((await patient.book(requestAt(0))).result).toEqual(tooSoon);
    expect((await patient.book({ ...requestAt(0), hold: true })).result).toEqual(tooSoon);
    expect((await patient.change('reschedule', mine.id, { startTime: START })).result).toEqual(tooSoon);
    expect((await admin.book({ ...requestAt(0), patientId })).result.outcome).toBe('done');

    const tooFar = { outcome: 'not_bookable', field: 'startTime', rule: 'horizon', value: 10 };
    for (const result of [
      await patient.book(far),
      await admin.book({ ...far, patientId }),
      await patient.change('reschedule', mine.id, { startTime: far.startTime }),
      await admin.change('reschedule', mine.id, { startTime: far.startTime }),
    ]) {
      expect(result.result).toEqual(tooFar);
    }
    await clock.stopAt(startTimeInDays(4));
    expect((await patient.book(far)).result.outcome).toBe('done');
    const past = { outcome: 'not_bookable', field: 'startTime', rule: 'past' };
    expect((await admin.book({ ...requestAt(1), patientId })).result).toMatchObject(past);
  });

  it('limits the number of future appointments that patients can book', async () => {
    await arrangeClinic({ appointmentsPerPatient: 2 });
    const elsewhere = await insertClinic(owner);
    await insertSlots(owner, clinic, START, 8);
    await insertSlots(owner, elsewhere, startAt(10));
    const patientId = await readPatientId(patient);
    await patient.bookOrThrow(requestAt(0));
    const second = await patient.holdOrThrow(requestAt(1));
    const tooMany = { outcome: 'too_many_appointments', value: 2 };
    expect((await patient.book(requestAt(2))).result).toEqual(tooMany);
    expect((await patient.book({ ...requestAt(2), hold: true })).result).toEqual(tooMany);
    expect((await patient.book(requestAt(10, elsewhere))).result.outcome).toBe('done');
    expect((await admin.book({ ...requestAt(2), patientId })).result.outcome).toBe('done');
    expect((await patient.book(requestAt(3))).result).toEqual(tooMany);

    await patient.change('cancel', second.id);
    expect((await patient.book(requestAt(3))).result).toEqual(tooMany);
    // The first appointment has begun and no longer counts.
    await clock.stopAt(START);
    expect((await patient.book(requestAt(3))).result.outcome).toBe('done');
    expect((await patient.book(requestAt(4))).result).toEqual(tooMany);
  });

  it('does not count an expired hold as an appointment', async () => {
    await arrangeClinic({ appointmentsPerPatient: 1 });
    await insertSlots(owner, clinic, START, 2);
    await patient.holdOrThrow(requestAt(0));
    expect((await patient.book(requestAt(1))).result.outcome).toBe('too_many_appointments');
    await clock.advance(120);
    expect((await patient.book(requestAt(1))).result.outcome).toBe('done');
  });

  it('refuses bookings of patients with too many no-shows, only at this clinic and for a year', async () => {
    await arrangeClinic({ noShowsPerPatient: 2, horizonDays: 366 });
    const elsewhere = await insertClinic(owner);
    await insertSlots(owner, clinic, START, 8);
    await insertSlots(owner, elsewhere, startAt(10));
    const patientId = await readPatientId(patient);
    const missed = [await patient.bookOrThrow(requestAt(0)), await patient.bookOrThrow(requestAt(1))];
    const kept = await patient.bookOrThrow(requestAt(3));
    await clock.stopAt(startAt(1));
    for (const { id } of missed) {
      expect((await patient.book(requestAt(4))).result.outcome).toBe('done');
      await patient.change('cancel', (await patient.list(['booked'])).at(-1)?.id ?? '');
      await doctor.change('no_show', id);
    }
    const refused = { outcome: 'too_many_no_shows', value: 2 };
    expect((await patient.book(requestAt(4))).result).toEqual(refused);
    expect((await patient.book({ ...requestAt(4), hold: true })).result).toEqual(refused);
    expect((await patient.book(requestAt(10, elsewhere))).result.outcome).toBe('done');
    expect((await admin.book({ ...requestAt(4), patientId })).result.outcome).toBe('done');
    expect((await patient.change('reschedule', kept.id, { startTime: startAt(6) })).result.outcome).toBe('done');

    await clock.advance(367 * DAY_SECONDS);
    const nextYear = new Date((await clock.now()).getTime() + 60 * MINUTE);
    await insertSlots(owner, clinic, nextYear);
    expect((await patient.book({ clinicId: clinic.clinicId, startTime: nextYear })).result.outcome).toBe('done');
  });

  it.each(['complete', 'no_show'] as const)(
    'accepts %s from the start on, by the doctor or an admin',
    async (command) => {
      await arrangeClinic({ doctors: 2 });
      const ids = await insertSlots(owner, clinic, START, 2);
      const [first, second] = clinic.doctorIds;
      const mine = await patient.bookOrThrow({ ...requestAt(0), doctorId: first });
      const yours = await otherPatient.bookOrThrow({ ...requestAt(0), doctorId: second });
      await clock.stopAt(new Date(START.getTime() - 1));
      expect((await doctor.change(command, mine.id)).result).toEqual({ outcome: 'too_early', value: mine.startTime });
      await clock.stopAt(START);
      const notFound = { outcome: 'not_found', field: 'appointmentId' };
      expect((await patient.change(command, mine.id)).result).toEqual(notFound);
      expect((await doctor.change(command, yours.id)).result).toEqual(notFound);
      const status = command === 'complete' ? 'completed' : 'no_show';
      expect((await doctor.change(command, mine.id)).result).toMatchObject({
        outcome: 'done',
        appointment: { status, version: 2, slotIds: [ids[0]] },
      });
      expect((await admin.change(command, yours.id)).result.outcome).toBe('done');
      expect(await readSlots(owner, ids.slice(0, 1))).toMatchObject([{ status: 'booked', version: 2 }]);
      expect((await readPublishedChanges(owner, mine.id))[1]).toBe(`appointment_${status} 2`);
    },
  );
});

/** Creates an appointment that accepts the command. Returns it with the command's actor, its request and another request. */
async function prepareAppointment(
  name: ChangeName,
): Promise<{ id: string; actor: TestActor; request: object; otherRequest: object }> {
  await insertSlots(owner, clinic, START);
  await insertSlots(owner, clinic, startAt(20), 2);
  await clock.stopAt(minutesBefore(START, 1));
  const { id } = unwrapAppointment(
    await patient.book({ ...requestAt(0), hold: name === 'confirm' || name === 'renew' }),
  );
  if (name === 'complete' || name === 'no_show') await clock.stopAt(START);
  return {
    id,
    actor: name === 'complete' || name === 'no_show' ? doctor : patient,
    request: name === 'reschedule' ? { startTime: startAt(20) } : {},
    otherRequest: name === 'reschedule' ? { startTime: startAt(21) } : { reason: 'other' },
  };
}

describe.each(['confirm', 'renew', 'cancel', 'reschedule', 'complete', 'no_show'] as const)('%s', (name) => {
  it('with a version runs only on that version', async () => {
    const { id, actor, request } = await prepareAppointment(name);
    const before = await readAllTables();
    for (const version of [0, 2]) {
      expect((await actor.change(name, id, request, { version })).result).toEqual({
        outcome: 'precondition_failed',
        value: 1,
      });
    }
    expect(await readAllTables()).toEqual(before);
    const done = unwrapAppointment(await actor.change(name, id, request, { version: 1 }));
    expect(done.version).toBe(2);
    expect((await actor.change(name, id, request, { version: 1 })).result).toEqual({
      outcome: 'precondition_failed',
      value: 2,
    });
  });

  it('with the same key runs once and returns the same result, and is refused with another body', async () => {
    const { id, actor, request, otherRequest } = await prepareAppointment(name);
    const idempotencyKey = randomUUID();
    const first = await actor.change(name, id, request, { idempotencyKey });
    const before = await readAllTables();
    const again = await actor.change(name, id, request, { idempotencyKey });
    expect(again).toEqual({ ...first, replayed: true });
    expect(JSON.stringify(again.result)).toBe(JSON.stringify(first.result));
    expect((await actor.change(name, id, otherRequest, { idempotencyKey })).result).toEqual({
      outcome: 'idempotency_key_reused',
    });
    expect(await readAllTables()).toEqual(before);
  });

  it('sent twenty times concurrently with the same key runs once, and all get the same result', async () => {
    const { id, actor, request } = await prepareAppointment(name);
    const groups = actor === doctor ? ['doctor'] : ['patient'];
    const idempotencyKey = randomUUID();
    const results = await Promise.all(
      clients
        .slice(0, 20)
        .map((db) => createTestActor(db, actor.sub, groups).change(name, id, request, { idempotencyKey })),
    );
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(results.map(({ result, requestId }) => JSON.stringify({ result, requestId }))).size).toBe(1);
    expect(countOutcomes(results)).toEqual({ done: 20 });
  });

  it('repeated with the same request id returns the first result, with and without a key', async () => {
    const { id, actor, request } = await prepareAppointment(name);
    const repeatOf = { requestId: randomUUID() };
    const idempotencyKey = randomUUID();
    const first = await actor.change(name, id, request, { repeatOf, idempotencyKey });
    expect(await actor.change(name, id, request, { repeatOf, idempotencyKey })).toEqual(first);
    expect(await actor.change(name, id, request, { repeatOf })).toEqual(first);
    expect(await actor.change(name, id, request, { repeatOf, version: 1 })).toEqual(first);
  });

  it('has separate keys for each caller', async () => {
    const { id, actor, request } = await prepareAppointment(name);
    const idempotencyKey = randomUUID();
    const first = await actor.change(name, id, request, { idempotencyKey });
    expect(first.result.outcome).toBe('done');
    const otherCaller = await admin.change(name, id, { ...request, reason: 'asked to' }, { idempotencyKey });
    expect(otherCaller.replayed).toBe(false);
    const expected = { confirm: 'illegal_transition', renew: 'already_renewed', reschedule: 'done' };
    expect(otherCaller.result.outcome).toBe(
      name in expected ? expected[name as keyof typeof expected] : 'illegal_transition',
    );
  });
});

describe('an idempotency key', () => {
  it('of a hold returns the original result, also after the hold has expired', async () => {
    await insertSlots(owner, clinic, START);
    const idempotencyKey = randomUUID();
    const request = { ...requestAt(0), hold: true };
    const first = await patient.book(request, { idempotencyKey });
    await clock.advance(120);
    expect(await patient.book(request, { idempotencyKey })).toEqual({ ...first, replayed: true });
    expect(unwrapAppointment(first).status).toBe('pending');
    expect((await patient.read(unwrapAppointment(first).id))?.status).toBe('expired');
  });

  it('stores refusals by the policy, but not those by If-Match or the rate limit', async () => {
    await arrangeClinic({ cancellationCutoffMinutes: 60 });
    await insertSlots(owner, clinic, START, 2);
    const { id } = await patient.bookOrThrow(requestAt(0));
    await clock.stopAt(minutesBefore(START, 30));
    const idempotencyKey = randomUUID();
    expect((await patient.change('cancel', id, {}, { idempotencyKey })).result.outcome).toBe('too_late_to_cancel');
    await clock.stopAt(minutesBefore(START, 120));
    expect(await patient.change('cancel', id, {}, { idempotencyKey })).toMatchObject({
      replayed: true,
      result: { outcome: 'too_late_to_cancel', value: 60 },
    });

    const otherKey = randomUUID();
    const stale = await patient.change('cancel', id, {}, { idempotencyKey: otherKey, version: 7 });
    expect(stale.result.outcome).toBe('precondition_failed');
    expect((await patient.change('cancel', id, {}, { idempotencyKey: otherKey, version: 1 })).result.outcome).toBe(
      'done',
    );

    const thirdKey = randomUUID();
    await patient.book(requestAt(0), { bookingsPerMinute: 1 });
    const limited = await patient.book(requestAt(1), { idempotencyKey: thirdKey, bookingsPerMinute: 1 });
    expect(limited.result.outcome).toBe('rate_limited');
    await clock.advance(60);
    const later = await patient.book(requestAt(1), { idempotencyKey: thirdKey, bookingsPerMinute: 1 });
    expect(later).toMatchObject({ replayed: false, result: { outcome: 'done' } });
  });

  it('is kept for 7 days and then purged', async () => {
    const housekeeping = database.connectAs('housekeeping');
    await insertSlots(owner, clinic, startTimeInDays(20));
    const request = { clinicId: clinic.clinicId, startTime: startTimeInDays(20) };
    const idempotencyKey = randomUUID();
    await clock.stopAt(startTimeInDays(1));
    const first = await patient.book(request, { idempotencyKey });
    const countKept = async () =>
      (await owner.query('select from idempotency_keys where key = $1', [idempotencyKey])).rowCount;
    await clock.advance(7 * DAY_SECONDS);
    await purgeBatch(housekeeping, 10_000);
    expect(await countKept()).toBe(1);
    expect(await patient.book(request, { idempotencyKey })).toEqual({ ...first, replayed: true });
    await clock.advance(1);
    expect(await purgeBatch(housekeeping, 10_000)).toBeGreaterThan(0);
    expect(await countKept()).toBe(0);
    expect(await purgeBatch(housekeeping, 10_000)).toBe(0);
    expect((await patient.book(request, { idempotencyKey })).result.outcome).toBe('slot_taken');
  });
});

describe('the limit of five booking attempts a minute', () => {
  const options = { bookingsPerMinute: 5 };
  beforeEach(async () => {
    await arrangeClinic({ doctors: 60 });
    await insertSlots(owner, clinic, START, 12);
  });

  it('accepts five of fifty concurrent attempts', async () => {
    const results = await Promise.all(
      clients
        .slice(0, 50)
        .map((db, index) =>
          createTestActor(db, patient.sub).book(
            { ...requestAt(index % 12), doctorId: clinic.doctorIds[index] },
            options,
          ),
        ),
    );
    expect(countOutcomes(results).rate_limited).toBe(45);
    for (const { result } of results) {
      if (result.outcome === 'rate_limited') expect(result).toMatchObject({ value: 5, seconds: expect.any(Number) });
    }
  });

  it('counts bookings and reschedules with any outcome, for each caller separately', async () => {
    await clock.stopAt(startTimeInDays(1));
    const booked = unwrapAppointment(await patient.book(requestAt(0), options));
    expect((await patient.book(requestAt(0), options)).result.outcome).toBe('patient_busy');
    expect((await patient.book({ slotId: randomUUID() }, options)).result.outcome).toBe('not_found');
    await patient.change('reschedule', booked.id, { startTime: startAt(3) }, options);
    expect((await patient.change('reschedule', booked.id, { startTime: startAt(90) }, options)).result.outcome).toBe(
      'not_bookable',
    );

    const limited = { outcome: 'rate_limited', value: 5, seconds: 60 };
    expect((await patient.book(requestAt(5), options)).result).toEqual(limited);
    expect((await patient.change('reschedule', booked.id, { startTime: startAt(4) }, options)).result).toEqual(limited);
    expect((await otherPatient.book(requestAt(5), options)).result.outcome).toBe('done');
    expect((await patient.change('cancel', booked.id, {}, options)).result.outcome).toBe('done');
  });

  it('counts each attempt for one minute, and does not count an attempt that it refuses', async () => {
    const start = startTimeInDays(1);
    for (let place = 0; place < 5; place += 1) {
      await clock.stopAt(new Date(start.getTime() + place * 10_000));
      expect((await patient.book(requestAt(place), options)).result.outcome).toBe('done');
    }
    await clock.stopAt(new Date(start.getTime() + 59_500));
    expect((await patient.book(requestAt(6), options)).result).toEqual({
      outcome: 'rate_limited',
      value: 5,
      seconds: 1,
    });
    await clock.stopAt(new Date(start.getTime() + 60_000));
    expect((await patient.book(requestAt(6), options)).result.outcome).toBe('done');
    expect((await patient.book(requestAt(7), options)).result).toEqual({
      outcome: 'rate_limited',
      value: 5,
      seconds: 10,
    });
    await clock.stopAt(new Date(start.getTime() + 70_000));
    expect((await patient.book(requestAt(7), options)).result.outcome).toBe('done');
  });

  it('does not count a replay, a repeat of the same request, or a caller without a limit', async () => {
    const idempotencyKey = randomUUID();
    const repeatOf = { requestId: randomUUID(), appointmentId: randomUUID() };
    await patient.book(requestAt(0), { ...options, idempotencyKey });
    await patient.book(requestAt(1), { ...options, repeatOf });
    for (let time = 0; time < 10; time += 1) {
      expect((await patient.book(requestAt(0), { ...options, idempotencyKey })).replayed).toBe(true);
      expect((await patient.book(requestAt(1), { ...options, repeatOf })).result).toMatchObject({
        outcome: 'done',
        appointment: { id: repeatOf.appointmentId },
      });
    }
    for (const place of [2, 3, 4]) expect((await patient.book(requestAt(place), options)).result.outcome).toBe('done');
    expect((await patient.book(requestAt(5), options)).result.outcome).toBe('rate_limited');
    expect((await patient.book(requestAt(5), { ...options, idempotencyKey: randomUUID() })).result.outcome).toBe(
      'rate_limited',
    );
    expect((await patient.book(requestAt(0), { ...options, idempotencyKey })).replayed).toBe(true);
    for (const place of [6, 7, 8]) expect((await patient.book(requestAt(place))).result.outcome).toBe('done');
  });

  it('stores attempts for a day after the last one', async () => {
    const housekeeping = database.connectAs('housekeeping');
    const countKept = async () =>
      (await owner.query('select from booking_rates where caller_sub = $1', [patient.sub])).rowCount;
    await clock.stopAt(startTimeInDays(1));
    await patient.book(requestAt(0), options);
    await clock.advance(DAY_SECONDS);
    await purgeBatch(housekeeping, 10_000);
    expect(await countKept()).toBe(1);
    await clock.advance(1);
    await purgeBatch(housekeeping, 10_000);
    expect(await countKept()).toBe(0);
  });
});
