import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expireHoldBatch } from '../../../lambdas/appointments/appointments.sql.ts';
import { listFreeSlots, listFreeTimes } from '../../../lambdas/availability/availability.sql.ts';
import { readSchedule } from '../../../lambdas/schedules/schedules.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { countOutcomes, openClients } from '../../support/clinic/booking-clients.ts';
import { raceAfterHoldsExpired, raceWhileHoldsExpire, swapExpiredHolds } from '../../support/clinic/hold-races.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startTimeInDays,
  type TestClinic,
} from '../../support/clinic/insert-clinic.ts';
import { readPublishedChanges, readSlots, setStatusWhenReleased } from '../../support/clinic/slots.ts';
import { createTestActor, type TestActor } from '../../support/clinic/test-actor.ts';
import { expectInvariants } from '../../support/database/invariants.ts';
import { replaceClock, type TestClock } from '../../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

const CLIENTS = 40;
const HOLD_SECONDS = 120;

let database: TestDatabase;
let owner: pg.Client;
let clock: TestClock;
let clients: Db[];
let availability: Db;
let staffApi: Db;
let expireHoldsDb: Db;
let patient: TestActor;
let otherPatient: TestActor;
let clinic: TestClinic;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clock = await replaceClock(owner);
  clients = await openClients(database, CLIENTS);
  availability = database.connectAs('availability_api');
  staffApi = database.connectAs('staff_api');
  expireHoldsDb = database.connectAs('expire_holds');
});

beforeEach(async () => {
  const [first = '', second = ''] = await insertPatients(owner, 2);
  patient = createTestActor(clients[0] as Db, first);
  otherPatient = createTestActor(clients[1] as Db, second);
  clinic = await insertClinic(owner, { holdsPerPatient: 3 });
});

afterEach(async () => {
  await expectInvariants(owner);
  // The holds of a test must not affect the next one.
  await clock.stopAt(startTimeInDays(2));
  await expireHolds();
  await clock.reset();
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const START = startTimeInDays(3);
const startAt = (halfHours: number) => startTimeInDays(3, halfHours);
const waitUntilHoldsExpire = () => clock.advance(HOLD_SECONDS);
const expireHolds = (limit = 1000) => expireHoldBatch(expireHoldsDb, limit, randomUUID());
const requestAt = (halfHours = 0, { clinicId } = clinic) => ({ clinicId, startTime: startAt(halfHours) });

describe('a hold', () => {
  it('holds all its slots until it expires, and books them when it is confirmed', async () => {
    await clock.stopAt(new Date(startTimeInDays(1).getTime() + 0.9));
    const slotIds = await insertSlots(owner, clinic, START, 2);
    const held = await patient.holdOrThrow({ ...requestAt(), slots: 2 });
    const until = new Date(startTimeInDays(1).getTime() + HOLD_SECONDS * 1000);
    expect(held).toMatchObject({ status: 'pending', version: 1, slotIds, slots: 2 });
    expect(new Date(held.expiresAt ?? '')).toEqual(until);
    const heldSlot = { status: 'held', statusWhenReleased: 'free', version: 2, heldUntil: until };
    expect(await readSlots(owner, slotIds)).toEqual([heldSlot, heldSlot]);

    const { result } = await patient.change('confirm', held.id);
    expect(result).toEqual({
      outcome: 'done',
      appointment: { ...held, status: 'booked', version: 2, expiresAt: undefined },
    });
    const bookedSlot = { status: 'booked', statusWhenReleased: 'free', version: 3, heldUntil: null };
    expect(await readSlots(owner, slotIds)).toEqual([bookedSlot, bookedSlot]);
    expect(await readPublishedChanges(owner, held.id)).toEqual([
      'appointment_held 1: held/2 held/2',
      'appointment_confirmed 2: booked/3 booked/3',
    ]);
    await waitUntilHoldsExpire();
    expect(await patient.read(held.id)).toMatchObject({ status: 'booked' });
  });

  it('lasts for the hold time of its clinic, and at most until the start', async () => {
    const quickClinic = await insertClinic(owner, { holdSeconds: 30 });
    await insertSlots(owner, quickClinic, START, 2);
    await clock.stopAt(startTimeInDays(1));
    const held = await patient.holdOrThrow(requestAt(0, quickClinic));
    expect(new Date(held.expiresAt ?? '')).toEqual(new Date(startTimeInDays(1).getTime() + 30_000));

    await clock.stopAt(new Date(startAt(1).getTime() - 10_000));
    const late = await patient.holdOrThrow(requestAt(1, quickClinic));
    expect(new Date(late.expiresAt ?? '')).toEqual(startAt(1));
  });

  it('can be confirmed before the instant at which it expires, but not at that instant', async () => {
    await insertSlots(owner, clinic, START, 2);
    await clock.stopAt(startTimeInDays(1));
    const first = await patient.holdOrThrow(requestAt(0));
    const second = await patient.holdOrThrow(requestAt(1));
    await clock.stopAt(new Date(startTimeInDays(1).getTime() + HOLD_SECONDS * 1000 - 1));
    expect((await patient.change('confirm', first.id)).result.outcome).toBe('done');
    await clock.stopAt(new Date(startTimeInDays(1).getTime() + HOLD_SECONDS * 1000));
    expect((await patient.change('confirm', second.id)).result).toEqual({ outcome: 'hold_expired' });
  });

  it('can be renewed once', async () => {
    const slotIds = await insertSlots(owner, clinic, START);
    await clock.stopAt(startTimeInDays(1));
    const held = await patient.holdOrThrow(requestAt());
    await clock.advance(100);
    const until = new Date(startTimeInDays(1).getTime() + (100 + HOLD_SECONDS) * 1000);
    const { result } = await patient.change('renew', held.id);
    expect(result).toEqual({
      outcome: 'done',
      appointment: { ...held, version: 2, expiresAt: until.toISOString().replace('.000', '') },
    });
    expect(await readSlots(owner, slotIds)).toMatchObject([{ status: 'held', heldUntil: until, version: 3 }]);
    expect(await readPublishedChanges(owner, held.id)).toEqual([
      'appointment_held 1: held/2',
      'appointment_renewed 2: held/3',
    ]);

    await clock.advance(100);
    expect((await otherPatient.book(requestAt())).result.outcome).toBe('slot_taken');
    const again = (await patient.change('renew', held.id)).result;
    expect(again).toEqual({ outcome: 'already_renewed', value: until.toISOString().replace('.000', '') });
    await clock.advance(20);
    expect((await patient.change('renew', held.id)).result).toEqual({ outcome: 'hold_expired' });
  });

  it('can be cancelled also after the cut-off, and cannot be renewed once it is confirmed', async () => {
    const strictClinic = await insertClinic(owner, { cancellationCutoffMinutes: 10_000 });
    const slotIds = await insertSlots(owner, strictClinic, START, 2);
    const held = await patient.holdOrThrow(requestAt(0, strictClinic));
    expect((await patient.change('cancel', held.id)).result.outcome).toBe('done');
    expect(await readSlots(owner, slotIds.slice(0, 1))).toMatchObject([{ status: 'free', heldUntil: null }]);

    const kept = await patient.holdOrThrow(requestAt(1, strictClinic));
    await patient.change('confirm', kept.id);
    expect((await patient.change('renew', kept.id)).result).toMatchObject({
      outcome: 'illegal_transition',
      command: 'renew',
      from: 'booked',
    });
    expect((await patient.change('cancel', kept.id)).result).toEqual({ outcome: 'too_late_to_cancel', value: 10_000 });
  });

  it('can be confirmed and renewed only by its patient and the admins of its clinic', async () => {
    await insertSlots(owner, clinic, START, 2);
    const [doctorId = ''] = clinic.doctorIds;
    const admin = createTestActor(clients[2] as Db, await insertAdmin(owner, clinic.clinicId), ['admin']);
    const elsewhere = await insertClinic(owner);
    const otherAdmin = createTestActor(clients[3] as Db, await insertAdmin(owner, elsewhere.clinicId), ['admin']);
    const doctor = createTestActor(clients[4] as Db, `doctor-${doctorId}`, ['doctor']);
    const held = await patient.holdOrThrow(requestAt(0));
    for (const stranger of [otherPatient, otherAdmin, doctor]) {
      for (const command of ['confirm', 'renew'] as const) {
        expect((await stranger.change(command, held.id)).result).toEqual({
          outcome: 'not_found',
          field: 'appointmentId',
        });
      }
    }
    expect((await admin.change('renew', held.id)).result.outcome).toBe('done');
    expect((await admin.change('confirm', held.id)).result.outcome).toBe('done');
  });
});

describe('an expired hold, before the job that expires holds runs', () => {
  it.each([
    [
      'a booking by start time',
      (slotId: string) =>
        otherPatient.book({ ...requestAt(), doctorId: clinic.doctorIds[0], slotId: slotId && undefined }),
    ],
    ['a booking by slot id', (slotId: string) => otherPatient.book({ slotId })],
    ['a booking with any doctor', () => otherPatient.book(requestAt())],
    ['another hold', () => otherPatient.book({ ...requestAt(), hold: true })],
    [
      'a reschedule by start time',
      async () => {
        await insertSlots(owner, clinic, startAt(10));
        const { id } = await otherPatient.bookOrThrow(requestAt(10));
        return otherPatient.change('reschedule', id, { startTime: START });
      },
    ],
    [
      'a reschedule by slot id',
      async (slotId: string) => {
        await insertSlots(owner, clinic, startAt(10));
        const { id } = await otherPatient.bookOrThrow(requestAt(10));
        return otherPatient.change('reschedule', id, { slotId });
      },
    ],
  ])('is replaced by %s', async (_, book) => {
    const [slotId = ''] = await insertSlots(owner, clinic, START);
    const held = await patient.holdOrThrow(requestAt());
    expect((await otherPatient.book(requestAt())).result.outcome).toBe('slot_taken');
    await waitUntilHoldsExpire();

    expect((await book(slotId)).result).toMatchObject({ outcome: 'done', appointment: { slotIds: [slotId] } });
    expect(await readPublishedChanges(owner, held.id)).toEqual([
      'appointment_held 1: held/2',
      'appointment_expired 2: free/3',
    ]);
    for (const command of ['confirm', 'renew'] as const) {
      expect((await patient.change(command, held.id)).result).toEqual({ outcome: 'hold_expired' });
    }
    expect((await patient.change('cancel', held.id)).result).toEqual({
      outcome: 'illegal_transition',
      command: 'cancel',
      from: 'expired',
      to: 'cancelled',
    });
  });

  it('is read as expired and its slots as free, and the job does not change what is read', async () => {
    const slotIds = await insertSlots(owner, clinic, START, 2);
    const held = await patient.holdOrThrow({ ...requestAt(), slots: 2 });
    const [doctorId = ''] = clinic.doctorIds;
    const query = { clinicId: clinic.clinicId, from: START, to: startAt(2) };
    const doctor = { sub: `doctor-${doctorId}`, groups: ['doctor'], requestId: randomUUID() };
    const readView = async () => ({
      one: await patient.read(held.id),
      list: await patient.list(),
      pending: await patient.list(['pending', 'booked']),
      expired: await patient.list(['expired']),
      times: await listFreeTimes(availability, query, 2),
      slots: await listFreeSlots(availability, query, undefined, 10),
      schedule: await readSchedule(staffApi, doctor, {
        doctorId,
        from: START,
        to: startAt(2),
        after: undefined,
        limit: 10,
      }),
    });
    expect((await readView()).slots.slots).toEqual([]);
    await waitUntilHoldsExpire();

    const view = await readView();
    const expired = { ...held, status: 'expired', version: 2, slotIds: [], expiresAt: undefined };
    expect(view.one).toEqual(expired);
    expect(view.list).toEqual([expired]);
    expect(view.pending).toEqual([]);
    expect(view.expired).toEqual([expired]);
    expect(view.times.times).toEqual([{ startTime: held.startTime, availableDoctors: 1 }]);
    expect(view.slots.slots.map(({ id }) => id)).toEqual(slotIds);
    expect(view.schedule).toMatchObject([{ status: 'free' }, { status: 'free' }]);
    expect(JSON.stringify(view.schedule)).not.toContain(held.id);

    expect(await expireHolds()).toBe(1);
    expect(await readView()).toEqual(view);
    expect(await readSlots(owner, slotIds)).toMatchObject([{ status: 'free' }, { status: 'free' }]);
  });

  it.each([true, false])(
    'has the same version for If-Match before and after the job runs (has run: %s)',
    async (hasJobRun) => {
      await insertSlots(owner, clinic, START);
      const held = await patient.holdOrThrow(requestAt());
      await waitUntilHoldsExpire();
      if (hasJobRun) await expireHolds();
      expect((await patient.change('confirm', held.id, {}, { version: 1 })).result).toEqual({
        outcome: 'precondition_failed',
        value: 2,
      });
      expect((await patient.change('confirm', held.id, {}, { version: 2 })).result).toEqual({
        outcome: 'hold_expired',
      });
    },
  );

  it('of several slots releases the other slots when another patient books one', async () => {
    const slotIds = await insertSlots(owner, clinic, START, 3);
    const held = await patient.holdOrThrow({ ...requestAt(), slots: 3 });
    await waitUntilHoldsExpire();
    expect((await otherPatient.book(requestAt(1))).result.outcome).toBe('done');
    expect((await readSlots(owner, slotIds)).map(({ status }) => status)).toEqual(['free', 'booked', 'free']);
    expect(await readPublishedChanges(owner, held.id)).toEqual([
      'appointment_held 1: held/2 held/2 held/2',
      'appointment_expired 2: free/3 free/3 free/3',
    ]);
    expect((await patient.change('confirm', held.id)).result).toEqual({ outcome: 'hold_expired' });
  });

  it('and other expired holds are replaced by one booking of several slots', async () => {
    await insertSlots(owner, clinic, START, 3);
    await patient.holdOrThrow(requestAt(0));
    await patient.holdOrThrow(requestAt(1));
    await waitUntilHoldsExpire();
    const booked = await otherPatient.bookOrThrow({ ...requestAt(), slots: 3 });
    expect(booked.slots).toBe(3);
    expect((await patient.list()).map(({ status }) => status)).toEqual(['expired', 'expired']);
  });

  it('does not prevent its patient from booking the same time again', async () => {
    const pair = await insertClinic(owner, { doctors: 2 });
    await insertSlots(owner, pair, START);
    const first = await patient.holdOrThrow({ ...requestAt(0, pair), doctorId: pair.doctorIds[0] });
    await waitUntilHoldsExpire();
    expect((await patient.book({ ...requestAt(0, pair), doctorId: pair.doctorIds[1] })).result.outcome).toBe('done');
    expect((await patient.read(first.id))?.status).toBe('expired');
  });

  it('does not make its patient busy if it expires while their booking waits for a lock', async () => {
    const pair = await insertClinic(owner, { doctors: 2 });
    const [waitedFor = ''] = await insertSlots(owner, pair, START, 2);
    await clock.stopAt(startTimeInDays(1));
    await patient.holdOrThrow({ ...requestAt(0, pair), doctorId: pair.doctorIds[0] });
    await clock.advance(60);
    await patient.holdOrThrow({ ...requestAt(1, pair), doctorId: pair.doctorIds[0] });
    // When the next booking begins, the first hold has expired and the second has not.
    await clock.advance(60);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('select from availability_slots where id = $1 for update', [waitedFor]);
    const booking = patient.book({ ...requestAt(1, pair), doctorId: pair.doctorIds[1] });
    await expect
      .poll(async () => (await owner.query(`select from pg_stat_activity where wait_event_type = 'Lock'`)).rowCount)
      .toBeGreaterThan(0);
    await clock.advance(60);
    await rival.query('rollback');
    await rival.end();
    expect((await booking).result.outcome).toBe('done');
  });

  it('does not count in the selection of the least busy doctor', async () => {
    const pair = await insertClinic(owner, { doctors: 2 });
    await insertSlots(owner, pair, START, 4);
    const [idle, busy] = pair.doctorIds;
    await patient.holdOrThrow({ ...requestAt(0, pair), doctorId: idle });
    await patient.holdOrThrow({ ...requestAt(1, pair), doctorId: idle });
    await waitUntilHoldsExpire();
    await otherPatient.bookOrThrow({ ...requestAt(2, pair), doctorId: busy });
    expect((await otherPatient.bookOrThrow(requestAt(3, pair))).doctor.id).toBe(idle);
  });

  it('does not make its slot bookable if the slot becomes withdrawn when it is released', async () => {
    const slotIds = await insertSlots(owner, clinic, START);
    await patient.holdOrThrow(requestAt());
    await setStatusWhenReleased(owner, slotIds, 'withdrawn');
    expect((await otherPatient.book(requestAt())).result.outcome).toBe('slot_taken');
    await waitUntilHoldsExpire();
    const beforeJob = (await otherPatient.book(requestAt())).result;
    await expireHolds();
    expect(beforeJob).toEqual((await otherPatient.book(requestAt())).result);
    expect(beforeJob).toMatchObject({ outcome: 'not_bookable', rule: 'slot' });
  });
});

describe('a patient', () => {
  it('has at most three active holds at all clinics together', async () => {
    const elsewhere = await insertClinic(owner, { holdsPerPatient: 3 });
    await insertSlots(owner, clinic, START, 8);
    await insertSlots(owner, elsewhere, startAt(20), 2);
    const first = await patient.holdOrThrow(requestAt(0));
    await patient.holdOrThrow(requestAt(1));
    await patient.holdOrThrow(requestAt(20, elsewhere));
    const tooMany = { outcome: 'too_many_holds', value: 3 };
    expect((await patient.book({ ...requestAt(3), hold: true })).result).toEqual(tooMany);
    expect((await patient.book({ ...requestAt(21, elsewhere), hold: true })).result).toEqual(tooMany);
    expect((await patient.book(requestAt(4))).result.outcome).toBe('done');

    await patient.change('confirm', first.id);
    await patient.holdOrThrow(requestAt(3));
    expect((await patient.book({ ...requestAt(5), hold: true })).result).toEqual(tooMany);
    await waitUntilHoldsExpire();
    await patient.holdOrThrow(requestAt(5));
    await patient.holdOrThrow(requestAt(1));
    await patient.holdOrThrow(requestAt(3));
    expect((await patient.book({ ...requestAt(6), hold: true })).result).toEqual(tooMany);
  });

  it('gets three of twenty concurrent holds', async () => {
    const largeClinic = await insertClinic(owner, { doctors: 20, holdsPerPatient: 3 });
    await insertSlots(owner, largeClinic, START, 20);
    const results = await Promise.all(
      clients.slice(0, 20).map((db, index) =>
        createTestActor(db, patient.sub).book({
          ...requestAt(index, largeClinic),
          doctorId: largeClinic.doctorIds[index],
          hold: true,
        }),
      ),
    );
    expect(countOutcomes(results)).toEqual({ done: 3, too_many_holds: 17 });
  });

  it('has the same limit if staff create the hold', async () => {
    const strictClinic = await insertClinic(owner, { holdsPerPatient: 1 });
    await insertSlots(owner, strictClinic, START, 3);
    const admin = createTestActor(clients[2] as Db, await insertAdmin(owner), ['admin']);
    const { rows } = await owner.query('select id from patients where cognito_sub = $1', [patient.sub]);
    const patientId = rows[0].id;
    await patient.holdOrThrow(requestAt(0, strictClinic));
    expect((await admin.book({ ...requestAt(1, strictClinic), patientId, hold: true })).result).toEqual({
      outcome: 'too_many_holds',
      value: 1,
    });
    expect((await admin.book({ ...requestAt(1, strictClinic), patientId })).result.outcome).toBe('done');
  });
});

describe('a release', () => {
  const releases = {
    'a cancelled booking': async () => {
      const { id } = await patient.bookOrThrow(requestAt());
      return { id, release: () => patient.change('cancel', id) };
    },
    'a cancelled hold': async () => {
      const { id } = await patient.holdOrThrow(requestAt());
      return { id, release: () => patient.change('cancel', id) };
    },
    'an expired hold by the job': async () => {
      const { id } = await patient.holdOrThrow(requestAt());
      return { id, release: () => waitUntilHoldsExpire().then(() => expireHolds()) };
    },
    'an expired hold that its patient tries to confirm': async () => {
      const { id } = await patient.holdOrThrow(requestAt());
      return { id, release: () => waitUntilHoldsExpire().then(() => patient.change('confirm', id)) };
    },
    'a rescheduled appointment': async () => {
      const { id } = await patient.bookOrThrow(requestAt());
      return { id, release: () => patient.change('reschedule', id, { startTime: startAt(5) }) };
    },
  };
  const closures = ['blocked', 'holiday', 'withdrawn'] as const;
  const cases = Object.entries(releases).flatMap(([name, prepareRelease]) =>
    closures.map((to) => ({ name, prepareRelease, to })),
  );

  it.each(cases)('of $name during an absence makes the slot $to', async ({ prepareRelease, to }) => {
    const [slotId = ''] = await insertSlots(owner, clinic, START);
    await insertSlots(owner, clinic, startAt(5));
    const { id, release } = await prepareRelease();
    await setStatusWhenReleased(owner, [slotId], to);
    expect(await readSlots(owner, [slotId])).toMatchObject([{ statusWhenReleased: to, version: 3 }]);
    await release();
    expect(await readSlots(owner, [slotId])).toEqual([
      { status: to, statusWhenReleased: to, version: 4, heldUntil: null },
    ]);
    expect((await readPublishedChanges(owner, id))[1]).toContain(`${to}/4`);
    expect((await otherPatient.book({ slotId })).result.outcome).toBe(
      to === 'withdrawn' ? 'not_bookable' : 'slot_taken',
    );
    const [doctorId = ''] = clinic.doctorIds;
    const free = await listFreeSlots(availability, { doctorId, from: START, to: startAt(1) }, undefined, 10);
    expect(free.slots).toEqual([]);
  });

  it('of an expired hold during an absence does not make the slot free before the job runs either', async () => {
    const [slotId = ''] = await insertSlots(owner, clinic, START);
    await patient.holdOrThrow(requestAt());
    await setStatusWhenReleased(owner, [slotId], 'blocked');
    await waitUntilHoldsExpire();
    const [doctorId = ''] = clinic.doctorIds;
    expect((await otherPatient.book({ slotId })).result.outcome).toBe('slot_taken');
    expect((await otherPatient.book(requestAt())).result.outcome).toBe('slot_taken');
    expect((await listFreeTimes(availability, { doctorId, from: START, to: startAt(1) }, 1)).times).toEqual([]);
    const schedule = await readSchedule(
      staffApi,
      { sub: `doctor-${doctorId}`, groups: ['doctor'], requestId: randomUUID() },
      { doctorId, from: START, to: startAt(1), after: undefined, limit: 10 },
    );
    expect(schedule).toMatchObject([{ slotId, status: 'blocked' }]);
    expect(schedule?.[0]?.appointment).toBeUndefined();
  });

  it('after the end of an absence makes the slot free', async () => {
    const [slotId = ''] = await insertSlots(owner, clinic, START);
    const { id } = await patient.bookOrThrow(requestAt());
    await setStatusWhenReleased(owner, [slotId], 'blocked');
    await setStatusWhenReleased(owner, [slotId], 'free');
    await patient.change('cancel', id);
    expect((await otherPatient.book({ slotId })).result.outcome).toBe('done');
  });
});

describe('the job that expires holds', () => {
  const createHolds = async (count: number) => {
    await insertSlots(owner, clinic, START, count);
    const subs = await insertPatients(owner, count);
    return Promise.all(
      subs.map((sub, index) => createTestActor(clients[index % CLIENTS] as Db, sub).holdOrThrow(requestAt(index))),
    );
  };
  const countExpired = async () =>
    (
      await owner.query(
        `select count(*)::int as expired from appointments where clinic_id = $1 and status = 'expired'`,
        [clinic.clinicId],
      )
    ).rows[0].expired;

  it('expires as many expired holds as its limit allows, the oldest first', async () => {
    await insertSlots(owner, clinic, START, 3);
    await clock.stopAt(startTimeInDays(1));
    const holds = [];
    for (const place of [0, 1, 2]) {
      holds.push(await patient.holdOrThrow(requestAt(place)));
      await clock.advance(10);
    }
    expect(await expireHolds()).toBe(0);
    await clock.advance(HOLD_SECONDS - 20);
    expect(await expireHolds(1)).toBe(1);
    const readStatuses = async () =>
      (
        await owner.query('select status from appointments where clinic_id = $1 order by start_time', [clinic.clinicId])
      ).rows.map((row) => row.status);
    expect(await readStatuses()).toEqual(['expired', 'pending', 'pending']);
    expect(await expireHolds(10)).toBe(1);
    expect(await readStatuses()).toEqual(['expired', 'expired', 'pending']);
    expect(await expireHolds(10)).toBe(0);
  });

  it('runs ten times concurrently and expires each hold once', async () => {
    const holds = await createHolds(60);
    await waitUntilHoldsExpire();
    const jobs = Array.from({ length: 10 }, () => database.connectAs('expire_holds'));
    const expired = await Promise.all(jobs.map((db) => expireHoldBatch(db, 1000, randomUUID())));
    expect(expired.reduce((sum, count) => sum + count, 0)).toBe(holds.length);
    expect(await countExpired()).toBe(holds.length);
    expect(await expireHolds()).toBe(0);
  });

  it('skips a locked hold and expires it in the next run', async () => {
    const slotIds = await insertSlots(owner, clinic, START, 3);
    await patient.holdOrThrow({ ...requestAt(0), slots: 2 });
    await patient.holdOrThrow(requestAt(2));
    await waitUntilHoldsExpire();
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('select from availability_slots where id = $1 for no key update', [slotIds[1]]);
    expect(await expireHolds()).toBe(1);
    expect((await readSlots(owner, slotIds)).map(({ status }) => status)).toEqual(['held', 'held', 'free']);
    await rival.query('rollback');
    await rival.end();
    expect(await expireHolds()).toBe(1);
  });

  it('expires each hold while its patient confirms it and another patient books its slot', {
    timeout: 120_000,
  }, async () => {
    const holds = await createHolds(60);
    const { rows } = await owner.query<{ id: string; sub: string }>(
      `select a.id, p.cognito_sub as sub from appointments a join patients p on p.id = a.patient_id where a.clinic_id = $1`,
      [clinic.clinicId],
    );
    const subsById = new Map(rows.map(({ id, sub }) => [id, sub]));
    await waitUntilHoldsExpire();
    const rivals = await insertPatients(owner, holds.length);
    await Promise.all([
      ...holds.map(({ id }, index) =>
        createTestActor(clients[index % CLIENTS] as Db, subsById.get(id) ?? '').change(
          index % 2 ? 'confirm' : 'renew',
          id,
        ),
      ),
      ...rivals.map((sub, index) =>
        createTestActor(clients[(index + 7) % CLIENTS] as Db, sub).bookOrThrow(requestAt(index)),
      ),
      ...Array.from({ length: 20 }, () => expireHolds(7)),
    ]);
    expect(await countExpired()).toBe(holds.length);
  });
});

describe('concurrent commands on expired holds', () => {
  it('allow two patients to book each other’s expired time, 20 times', () =>
    swapExpiredHolds({ owner, clock, clients, expireHoldsDb }, 1));

  it('give the slot to exactly one patient, 60 times', () =>
    raceAfterHoldsExpired({ owner, clock, clients, expireHoldsDb }, 3));

  it('give the slot to at most one patient if the hold expires meanwhile, 80 times', () =>
    raceWhileHoldsExpire({ owner, clock, clients, expireHoldsDb }, 4));
});
