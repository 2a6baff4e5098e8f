import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settleExpiredHolds } from '../../lambdas/appointments/appointments.sql.ts';
import { listFreeSlots, listFreeTimes } from '../../lambdas/availability/availability.sql.ts';
import { readSchedule } from '../../lambdas/schedules/schedules.sql.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { type Caller, caller } from '../support/caller.ts';
import { openClients, tally } from '../support/clients.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startInDays,
  type TestClinic,
} from '../support/clinic.ts';
import { type TestClock, takeClock } from '../support/clock.ts';
import { expectSound } from '../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { readSlots, setRelease, toldOf } from '../support/slots.ts';

const CLIENTS = 40;
const HOLD_SECONDS = 120;

let database: TestDatabase;
let owner: pg.Client;
let clock: TestClock;
let clients: Db[];
let availability: Db;
let staffApi: Db;
let sweeper: Db;
let ana: Caller;
let rui: Caller;
let clinic: TestClinic;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clock = await takeClock(owner);
  clients = await openClients(database, CLIENTS);
  availability = database.as('availability_api');
  staffApi = database.as('staff_api');
  sweeper = database.as('expire_holds');
});

beforeEach(async () => {
  const [first = '', second = ''] = await insertPatients(owner, 2);
  ana = caller(clients[0] as Db, first);
  rui = caller(clients[1] as Db, second);
  clinic = await insertClinic(owner, { holdsPerPatient: 3 });
});

afterEach(async () => {
  await expectSound(owner);
  // No test finds the holds of another.
  await clock.stopAt(startInDays(2));
  await sweep();
  await clock.reset();
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const START = startInDays(3);
const at = (halfHours: number) => startInDays(3, halfHours);
const lapse = () => clock.advance(HOLD_SECONDS);
const sweep = (limit = 1000) => settleExpiredHolds(sweeper, limit, randomUUID());
const wishAt = (halfHours = 0, of = clinic) => ({ clinicId: of.clinicId, startTime: at(halfHours) });

describe('a hold', () => {
  it('holds all its slots until it expires, and confirming books them', async () => {
    await clock.stopAt(new Date(startInDays(1).getTime() + 0.9));
    const slotIds = await insertSlots(owner, clinic, START, 2);
    const held = await ana.held({ ...wishAt(), slots: 2 });
    const until = new Date(startInDays(1).getTime() + HOLD_SECONDS * 1000);
    expect(held).toMatchObject({ status: 'pending', version: 1, slotIds, slots: 2 });
    expect(new Date(held.expiresAt ?? '')).toEqual(until);
    const holding = { status: 'held', releaseTo: 'free', version: 2, heldUntil: until };
    expect(await readSlots(owner, slotIds)).toEqual([holding, holding]);

    const { answer } = await ana.change('confirm', held.id);
    expect(answer).toEqual({
      outcome: 'done',
      appointment: { ...held, status: 'booked', version: 2, expiresAt: undefined },
    });
    const booked = { status: 'booked', releaseTo: 'free', version: 3, heldUntil: null };
    expect(await readSlots(owner, slotIds)).toEqual([booked, booked]);
    expect(await toldOf(owner, held.id)).toEqual([
      'appointment_held 1: held/2 held/2',
      'appointment_confirmed 2: booked/3 booked/3',
    ]);
    await lapse();
    expect(await ana.read(held.id)).toMatchObject({ status: 'booked' });
  });

  it('lasts as long as its clinic says, and never beyond the start', async () => {
    const quick = await insertClinic(owner, { holdSeconds: 30 });
    await insertSlots(owner, quick, START, 2);
    await clock.stopAt(startInDays(1));
    const held = await ana.held(wishAt(0, quick));
    expect(new Date(held.expiresAt ?? '')).toEqual(new Date(startInDays(1).getTime() + 30_000));

    await clock.stopAt(new Date(at(1).getTime() - 10_000));
    const late = await ana.held(wishAt(1, quick));
    expect(new Date(late.expiresAt ?? '')).toEqual(at(1));
  });

  it('can be confirmed up to the instant at which it expires', async () => {
    await insertSlots(owner, clinic, START, 2);
    await clock.stopAt(startInDays(1));
    const first = await ana.held(wishAt(0));
    const second = await ana.held(wishAt(1));
    await clock.stopAt(new Date(startInDays(1).getTime() + HOLD_SECONDS * 1000 - 1));
    expect((await ana.change('confirm', first.id)).answer.outcome).toBe('done');
    await clock.stopAt(new Date(startInDays(1).getTime() + HOLD_SECONDS * 1000));
    expect((await ana.change('confirm', second.id)).answer).toEqual({ outcome: 'hold_expired' });
  });

  it('can be renewed once', async () => {
    const slotIds = await insertSlots(owner, clinic, START);
    await clock.stopAt(startInDays(1));
    const held = await ana.held(wishAt());
    await clock.advance(100);
    const until = new Date(startInDays(1).getTime() + (100 + HOLD_SECONDS) * 1000);
    const { answer } = await ana.change('renew', held.id);
    expect(answer).toEqual({
      outcome: 'done',
      appointment: { ...held, version: 2, expiresAt: until.toISOString().replace('.000', '') },
    });
    expect(await readSlots(owner, slotIds)).toMatchObject([{ status: 'held', heldUntil: until, version: 3 }]);
    expect(await toldOf(owner, held.id)).toEqual(['appointment_held 1: held/2', 'appointment_renewed 2: held/3']);

    await clock.advance(100);
    expect((await rui.book(wishAt())).answer.outcome).toBe('slot_taken');
    const again = (await ana.change('renew', held.id)).answer;
    expect(again).toEqual({ outcome: 'already_renewed', value: until.toISOString().replace('.000', '') });
    await clock.advance(20);
    expect((await ana.change('renew', held.id)).answer).toEqual({ outcome: 'hold_expired' });
  });

  it('is not renewed once it is booked, and given back by cancelling also after the cut-off', async () => {
    const strict = await insertClinic(owner, { cancellationCutoffMinutes: 10_000 });
    const slotIds = await insertSlots(owner, strict, START, 2);
    const held = await ana.held(wishAt(0, strict));
    expect((await ana.change('cancel', held.id)).answer.outcome).toBe('done');
    expect(await readSlots(owner, slotIds.slice(0, 1))).toMatchObject([{ status: 'free', heldUntil: null }]);

    const kept = await ana.held(wishAt(1, strict));
    await ana.change('confirm', kept.id);
    expect((await ana.change('renew', kept.id)).answer).toMatchObject({
      outcome: 'illegal_transition',
      command: 'renew',
      from: 'booked',
    });
    expect((await ana.change('cancel', kept.id)).answer).toEqual({ outcome: 'too_late_to_cancel', value: 10_000 });
  });

  it('is the owner’s and the admin’s to confirm, and nobody else’s', async () => {
    await insertSlots(owner, clinic, START, 2);
    const [doctorId = ''] = clinic.doctorIds;
    const admin = caller(clients[2] as Db, await insertAdmin(owner, clinic.clinicId), ['admin']);
    const elsewhere = await insertClinic(owner);
    const otherAdmin = caller(clients[3] as Db, await insertAdmin(owner, elsewhere.clinicId), ['admin']);
    const doctor = caller(clients[4] as Db, `doctor-${doctorId}`, ['doctor']);
    const held = await ana.held(wishAt(0));
    for (const stranger of [rui, otherAdmin, doctor]) {
      for (const command of ['confirm', 'renew'] as const) {
        expect((await stranger.change(command, held.id)).answer).toEqual({
          outcome: 'not_found',
          field: 'appointmentId',
        });
      }
    }
    expect((await admin.change('renew', held.id)).answer.outcome).toBe('done');
    expect((await admin.change('confirm', held.id)).answer.outcome).toBe('done');
  });
});

describe('at its end, with no sweeper', () => {
  it.each([
    [
      'a booking by time',
      (slotId: string) => rui.book({ ...wishAt(), doctorId: clinic.doctorIds[0], slotId: slotId && undefined }),
    ],
    ['a booking by the slot', (slotId: string) => rui.book({ slotId })],
    ['a booking with any doctor', () => rui.book(wishAt())],
    ['another hold', () => rui.book({ ...wishAt(), hold: true })],
    [
      'a reschedule by time',
      async () => {
        await insertSlots(owner, clinic, at(10));
        const { id } = await rui.booked(wishAt(10));
        return rui.change('reschedule', id, { startTime: START });
      },
    ],
    [
      'a reschedule to the slot',
      async (slotId: string) => {
        await insertSlots(owner, clinic, at(10));
        const { id } = await rui.booked(wishAt(10));
        return rui.change('reschedule', id, { slotId });
      },
    ],
  ])('%s gets the slot', async (_, take) => {
    const [slotId = ''] = await insertSlots(owner, clinic, START);
    const held = await ana.held(wishAt());
    expect((await rui.book(wishAt())).answer.outcome).toBe('slot_taken');
    await lapse();

    expect((await take(slotId)).answer).toMatchObject({ outcome: 'done', appointment: { slotIds: [slotId] } });
    expect(await toldOf(owner, held.id)).toEqual(['appointment_held 1: held/2', 'appointment_expired 2: free/3']);
    for (const command of ['confirm', 'renew'] as const) {
      expect((await ana.change(command, held.id)).answer).toEqual({ outcome: 'hold_expired' });
    }
    expect((await ana.change('cancel', held.id)).answer).toEqual({
      outcome: 'illegal_transition',
      command: 'cancel',
      from: 'expired',
      to: 'cancelled',
    });
  });

  it('everybody sees it as expired and its slots as free, and settling changes nothing that can be read', async () => {
    const slotIds = await insertSlots(owner, clinic, START, 2);
    const held = await ana.held({ ...wishAt(), slots: 2 });
    const [doctorId = ''] = clinic.doctorIds;
    const query = { clinicId: clinic.clinicId, from: START, to: at(2) };
    const doctor = { sub: `doctor-${doctorId}`, groups: ['doctor'], requestId: randomUUID() };
    const look = async () => ({
      one: await ana.read(held.id),
      list: await ana.list(),
      pending: await ana.list(['pending', 'booked']),
      expired: await ana.list(['expired']),
      times: await listFreeTimes(availability, query, 2),
      slots: await listFreeSlots(availability, query, undefined, 10),
      schedule: await readSchedule(staffApi, doctor, { doctorId, from: START, to: at(2), after: undefined, limit: 10 }),
    });
    expect((await look()).slots.slots).toEqual([]);
    await lapse();

    const seen = await look();
    const expired = { ...held, status: 'expired', version: 2, slotIds: [], expiresAt: undefined };
    expect(seen.one).toEqual(expired);
    expect(seen.list).toEqual([expired]);
    expect(seen.pending).toEqual([]);
    expect(seen.expired).toEqual([expired]);
    expect(seen.times.times).toEqual([{ startTime: held.startTime, availableDoctors: 1 }]);
    expect(seen.slots.slots.map(({ id }) => id)).toEqual(slotIds);
    expect(seen.schedule).toMatchObject([{ status: 'free' }, { status: 'free' }]);
    expect(JSON.stringify(seen.schedule)).not.toContain(held.id);

    expect(await sweep()).toBe(1);
    expect(await look()).toEqual(seen);
    expect(await readSlots(owner, slotIds)).toMatchObject([{ status: 'free' }, { status: 'free' }]);
  });

  it.each([true, false])('If-Match knows its version before and after it is settled (settled: %s)', async (settled) => {
    await insertSlots(owner, clinic, START);
    const held = await ana.held(wishAt());
    await lapse();
    if (settled) await sweep();
    expect((await ana.change('confirm', held.id, {}, { version: 1 })).answer).toEqual({
      outcome: 'precondition_failed',
      value: 2,
    });
    expect((await ana.change('confirm', held.id, {}, { version: 2 })).answer).toEqual({ outcome: 'hold_expired' });
  });

  it('of several slots, a rival takes one and the others are free', async () => {
    const slotIds = await insertSlots(owner, clinic, START, 3);
    const held = await ana.held({ ...wishAt(), slots: 3 });
    await lapse();
    expect((await rui.book(wishAt(1))).answer.outcome).toBe('done');
    expect((await readSlots(owner, slotIds)).map(({ status }) => status)).toEqual(['free', 'booked', 'free']);
    expect(await toldOf(owner, held.id)).toEqual([
      'appointment_held 1: held/2 held/2 held/2',
      'appointment_expired 2: free/3 free/3 free/3',
    ]);
    expect((await ana.change('confirm', held.id)).answer).toEqual({ outcome: 'hold_expired' });
  });

  it('several expired holds are taken over by one booking of several slots', async () => {
    await insertSlots(owner, clinic, START, 3);
    await ana.held(wishAt(0));
    await ana.held(wishAt(1));
    await lapse();
    const taken = await rui.booked({ ...wishAt(), slots: 3 });
    expect(taken.slots).toBe(3);
    expect((await ana.list()).map(({ status }) => status)).toEqual(['expired', 'expired']);
  });

  it('its owner is not busy, and may take the same time again', async () => {
    const pair = await insertClinic(owner, { doctors: 2 });
    await insertSlots(owner, pair, START);
    const first = await ana.held({ ...wishAt(0, pair), doctorId: pair.doctorIds[0] });
    await lapse();
    expect((await ana.book({ ...wishAt(0, pair), doctorId: pair.doctorIds[1] })).answer.outcome).toBe('done');
    expect((await ana.read(first.id))?.status).toBe('expired');
  });

  it('while its owner waits for another of their holds, it is over too', async () => {
    const pair = await insertClinic(owner, { doctors: 2 });
    const [waitedFor = ''] = await insertSlots(owner, pair, START, 2);
    await clock.stopAt(startInDays(1));
    await ana.held({ ...wishAt(0, pair), doctorId: pair.doctorIds[0] });
    await clock.advance(60);
    await ana.held({ ...wishAt(1, pair), doctorId: pair.doctorIds[0] });
    // The first hold has expired and the second has not, when the next booking begins.
    await clock.advance(60);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('select from availability_slots where id = $1 for update', [waitedFor]);
    const booking = ana.book({ ...wishAt(1, pair), doctorId: pair.doctorIds[1] });
    await expect
      .poll(async () => (await owner.query(`select from pg_stat_activity where wait_event_type = 'Lock'`)).rowCount)
      .toBeGreaterThan(0);
    await clock.advance(60);
    await rival.query('rollback');
    await rival.end();
    expect((await booking).answer.outcome).toBe('done');
  });

  it('it weighs nothing when the least busy doctor is chosen', async () => {
    const pair = await insertClinic(owner, { doctors: 2 });
    await insertSlots(owner, pair, START, 4);
    const [idle, busy] = pair.doctorIds;
    await ana.held({ ...wishAt(0, pair), doctorId: idle });
    await ana.held({ ...wishAt(1, pair), doctorId: idle });
    await lapse();
    await rui.booked({ ...wishAt(2, pair), doctorId: busy });
    expect((await rui.booked(wishAt(3, pair))).doctor.id).toBe(idle);
  });

  it('a slot to be withdrawn after it is none any more', async () => {
    const slotIds = await insertSlots(owner, clinic, START);
    await ana.held(wishAt());
    await setRelease(owner, slotIds, 'withdrawn');
    expect((await rui.book(wishAt())).answer.outcome).toBe('slot_taken');
    await lapse();
    const unsettled = (await rui.book(wishAt())).answer;
    await sweep();
    expect(unsettled).toEqual((await rui.book(wishAt())).answer);
    expect(unsettled).toMatchObject({ outcome: 'not_bookable', rule: 'slot' });
  });
});

describe('a patient', () => {
  it('holds three times at once at most, at all clinics together; expired and confirmed ones do not count', async () => {
    const elsewhere = await insertClinic(owner, { holdsPerPatient: 3 });
    await insertSlots(owner, clinic, START, 8);
    await insertSlots(owner, elsewhere, at(20), 2);
    const first = await ana.held(wishAt(0));
    await ana.held(wishAt(1));
    await ana.held(wishAt(20, elsewhere));
    const tooMany = { outcome: 'too_many_holds', value: 3 };
    expect((await ana.book({ ...wishAt(3), hold: true })).answer).toEqual(tooMany);
    expect((await ana.book({ ...wishAt(21, elsewhere), hold: true })).answer).toEqual(tooMany);
    expect((await ana.book(wishAt(4))).answer.outcome).toBe('done');

    await ana.change('confirm', first.id);
    await ana.held(wishAt(3));
    expect((await ana.book({ ...wishAt(5), hold: true })).answer).toEqual(tooMany);
    await lapse();
    await ana.held(wishAt(5));
    await ana.held(wishAt(1));
    await ana.held(wishAt(3));
    expect((await ana.book({ ...wishAt(6), hold: true })).answer).toEqual(tooMany);
  });

  it('of twenty holds at once gets three', async () => {
    const wide = await insertClinic(owner, { doctors: 20, holdsPerPatient: 3 });
    await insertSlots(owner, wide, START, 20);
    const answers = await Promise.all(
      clients
        .slice(0, 20)
        .map((db, index) =>
          caller(db, ana.sub).book({ ...wishAt(index, wide), doctorId: wide.doctorIds[index], hold: true }),
        ),
    );
    expect(tally(answers)).toEqual({ done: 3, too_many_holds: 17 });
  });

  it('is held for by staff under the same limit', async () => {
    const one = await insertClinic(owner, { holdsPerPatient: 1 });
    await insertSlots(owner, one, START, 3);
    const admin = caller(clients[2] as Db, await insertAdmin(owner), ['admin']);
    const { rows } = await owner.query('select id from patients where cognito_sub = $1', [ana.sub]);
    const patientId = rows[0].id;
    await ana.held(wishAt(0, one));
    expect((await admin.book({ ...wishAt(1, one), patientId, hold: true })).answer).toEqual({
      outcome: 'too_many_holds',
      value: 1,
    });
    expect((await admin.book({ ...wishAt(1, one), patientId })).answer.outcome).toBe('done');
  });
});

describe('a release', () => {
  const releases = {
    'a cancelled booking': async () => {
      const { id } = await ana.booked(wishAt());
      return { id, release: () => ana.change('cancel', id) };
    },
    'a cancelled hold': async () => {
      const { id } = await ana.held(wishAt());
      return { id, release: () => ana.change('cancel', id) };
    },
    'an expired hold that is swept': async () => {
      const { id } = await ana.held(wishAt());
      return { id, release: () => lapse().then(() => sweep()) };
    },
    'an expired hold that its owner asks for': async () => {
      const { id } = await ana.held(wishAt());
      return { id, release: () => lapse().then(() => ana.change('confirm', id)) };
    },
    'a rescheduled appointment': async () => {
      const { id } = await ana.booked(wishAt());
      return { id, release: () => ana.change('reschedule', id, { startTime: at(5) }) };
    },
  };
  const closures = ['blocked', 'holiday', 'withdrawn'] as const;
  const cases = Object.entries(releases).flatMap(([name, make]) => closures.map((to) => ({ name, make, to })));

  it.each(cases)('of $name under an absence makes the slot $to', async ({ make, to }) => {
    const [slotId = ''] = await insertSlots(owner, clinic, START);
    await insertSlots(owner, clinic, at(5));
    const { id, release } = await make();
    await setRelease(owner, [slotId], to);
    expect(await readSlots(owner, [slotId])).toMatchObject([{ releaseTo: to, version: 3 }]);
    await release();
    expect(await readSlots(owner, [slotId])).toEqual([{ status: to, releaseTo: to, version: 4, heldUntil: null }]);
    expect((await toldOf(owner, id))[1]).toContain(`${to}/4`);
    expect((await rui.book({ slotId })).answer.outcome).toBe(to === 'withdrawn' ? 'not_bookable' : 'slot_taken');
    const [doctorId = ''] = clinic.doctorIds;
    const free = await listFreeSlots(availability, { doctorId, from: START, to: at(1) }, undefined, 10);
    expect(free.slots).toEqual([]);
  });

  it('of an expired hold under an absence is not offered before it is settled either', async () => {
    const [slotId = ''] = await insertSlots(owner, clinic, START);
    await ana.held(wishAt());
    await setRelease(owner, [slotId], 'blocked');
    await lapse();
    const [doctorId = ''] = clinic.doctorIds;
    expect((await rui.book({ slotId })).answer.outcome).toBe('slot_taken');
    expect((await rui.book(wishAt())).answer.outcome).toBe('slot_taken');
    expect((await listFreeTimes(availability, { doctorId, from: START, to: at(1) }, 1)).times).toEqual([]);
    const schedule = await readSchedule(
      staffApi,
      { sub: `doctor-${doctorId}`, groups: ['doctor'], requestId: randomUUID() },
      { doctorId, from: START, to: at(1), after: undefined, limit: 10 },
    );
    expect(schedule).toMatchObject([{ slotId, status: 'blocked' }]);
    expect(schedule?.[0]?.appointment).toBeUndefined();
  });

  it('after the absence is over offers the slot again', async () => {
    const [slotId = ''] = await insertSlots(owner, clinic, START);
    const { id } = await ana.booked(wishAt());
    await setRelease(owner, [slotId], 'blocked');
    await setRelease(owner, [slotId], 'free');
    await ana.change('cancel', id);
    expect((await rui.book({ slotId })).answer.outcome).toBe('done');
  });
});

describe('the sweeper', () => {
  const holdMany = async (count: number) => {
    await insertSlots(owner, clinic, START, count);
    const subs = await insertPatients(owner, count);
    return Promise.all(subs.map((sub, index) => caller(clients[index % CLIENTS] as Db, sub).held(wishAt(index))));
  };
  const expiredOf = async () =>
    (
      await owner.query(
        `select count(*)::int as settled from appointments where clinic_id = $1 and status = 'expired'`,
        [clinic.clinicId],
      )
    ).rows[0].settled;

  it('settles up to so many, the oldest first, and nothing that lives', async () => {
    await insertSlots(owner, clinic, START, 3);
    await clock.stopAt(startInDays(1));
    const holds = [];
    for (const place of [0, 1, 2]) {
      holds.push(await ana.held(wishAt(place)));
      await clock.advance(10);
    }
    expect(await sweep()).toBe(0);
    await clock.advance(HOLD_SECONDS - 20);
    expect(await sweep(1)).toBe(1);
    const status = async () =>
      (
        await owner.query('select status from appointments where clinic_id = $1 order by start_time', [clinic.clinicId])
      ).rows.map((row) => row.status);
    expect(await status()).toEqual(['expired', 'pending', 'pending']);
    expect(await sweep(10)).toBe(1);
    expect(await status()).toEqual(['expired', 'expired', 'pending']);
    expect(await sweep(10)).toBe(0);
  });

  it('runs ten times at once and settles each hold once', async () => {
    const holds = await holdMany(60);
    await lapse();
    const sweepers = Array.from({ length: 10 }, () => database.as('expire_holds'));
    const settled = await Promise.all(sweepers.map((db) => settleExpiredHolds(db, 1000, randomUUID())));
    expect(settled.reduce((sum, count) => sum + count, 0)).toBe(holds.length);
    expect(await expiredOf()).toBe(holds.length);
    expect(await sweep()).toBe(0);
  });

  it('waits for nobody: what another has locked is left, whole, until the next time', async () => {
    const slotIds = await insertSlots(owner, clinic, START, 3);
    await ana.held({ ...wishAt(0), slots: 2 });
    await ana.held(wishAt(2));
    await lapse();
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('select from availability_slots where id = $1 for no key update', [slotIds[1]]);
    expect(await sweep()).toBe(1);
    expect((await readSlots(owner, slotIds)).map(({ status }) => status)).toEqual(['held', 'held', 'free']);
    await rival.query('rollback');
    await rival.end();
    expect(await sweep()).toBe(1);
  });

  it('runs beside owners who confirm and rivals who book', { timeout: 120_000 }, async () => {
    const holds = await holdMany(60);
    const { rows } = await owner.query<{ id: string; sub: string }>(
      `select a.id, p.cognito_sub as sub from appointments a join patients p on p.id = a.patient_id where a.clinic_id = $1`,
      [clinic.clinicId],
    );
    const owners = new Map(rows.map(({ id, sub }) => [id, sub]));
    await lapse();
    const rivals = await insertPatients(owner, holds.length);
    await Promise.all([
      ...holds.map(({ id }, index) =>
        caller(clients[index % CLIENTS] as Db, owners.get(id) ?? '').change(index % 2 ? 'confirm' : 'renew', id),
      ),
      ...rivals.map((sub, index) => caller(clients[(index + 7) % CLIENTS] as Db, sub).booked(wishAt(index))),
      ...Array.from({ length: 20 }, () => sweep(7)),
    ]);
    expect(await expiredOf()).toBe(holds.length);
  });
});

describe('a rival and the owner of an expiring hold at once', () => {
  const LANES = 20;
  /** Every lane holds a slot; then its owner, two rivals and the sweepers go for it, starting `milliseconds` around the end. */
  async function race(round: number, day: number, startsAt: (end: Date) => Date, jitter: number) {
    const lanes = await insertClinic(owner, { doctors: LANES });
    const slotIds = await insertSlots(owner, lanes, startInDays(day));
    const subs = await insertPatients(owner, 3 * LANES);
    await clock.stopAt(startInDays(1));
    const holds = await Promise.all(
      slotIds.map((slotId, lane) => caller(clients[lane] as Db, subs[lane] ?? '').held({ slotId })),
    );
    const end = new Date(holds[0]?.expiresAt ?? '');
    await clock.startAt(startsAt(end));
    const soon = <T>(work: () => Promise<T>) => new Promise((go) => setTimeout(go, Math.random() * jitter)).then(work);
    const command = round % 2 ? 'renew' : 'confirm';
    return Promise.all(
      holds.map(async ({ id }, lane) => {
        const mine = caller(clients[lane] as Db, subs[lane] ?? '');
        const rivals = [1, 2].map((nth) =>
          caller(clients[((lane + nth) % LANES) + LANES] as Db, subs[nth * LANES + lane] ?? ''),
        );
        const wish =
          lane % 2
            ? { slotId: slotIds[lane] }
            : { clinicId: lanes.clinicId, startTime: startInDays(day), doctorId: lanes.doctorIds[lane] };
        const [kept, taken] = await Promise.all([
          soon(() => mine.change(command, id)),
          Promise.all(rivals.map((rival) => soon(() => rival.book(wish)))),
          lane % 5 ? undefined : soon(sweep),
        ]);
        return { kept: kept.answer.outcome, taken: taken.map(({ answer }) => answer.outcome).toSorted() };
      }),
    );
  }

  it('two people take each other’s expired time, two hundred times', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 10; round += 1) {
      const lanes = await insertClinic(owner, { doctors: LANES });
      const slotIds = await insertSlots(owner, lanes, startInDays(5));
      const people = (await insertPatients(owner, LANES)).map((sub, lane) => caller(clients[lane] as Db, sub));
      await Promise.all(people.map((person, lane) => person.held({ slotId: slotIds[lane] })));
      await lapse();
      // Lanes 0 and 1, 2 and 3 and so on are after each other's.
      const answers = await Promise.all(people.map((person, lane) => person.book({ slotId: slotIds[lane ^ 1] })));
      expect(tally(answers), `round ${round}`).toEqual({ done: LANES });
    }
  });

  it('one rival gets what has expired, a thousand times', { timeout: 300_000 }, async () => {
    for (let round = 0; round < 50; round += 1) {
      const results = await race(round, 5, (end) => end, 0);
      for (const result of results) {
        expect(result, `round ${round}`).toEqual({ kept: 'hold_expired', taken: ['done', 'slot_taken'] });
      }
    }
  });

  it('at the very end one of them gets it, five hundred times', { timeout: 300_000 }, async () => {
    const won = { owner: 0, rival: 0, nobody: 0 };
    for (let round = 0; round < 25; round += 1) {
      const results = await race(round, 5, (end) => new Date(end.getTime() - 15), 40);
      for (const { kept, taken } of results) {
        const winners = [kept, ...taken].filter((outcome) => outcome === 'done');
        expect(winners.length, `round ${round}: ${[kept, ...taken]}`).toBeLessThanOrEqual(1);
        expect([kept, ...taken].filter((outcome) => !['done', 'hold_expired', 'slot_taken'].includes(outcome))).toEqual(
          [],
        );
        won[kept === 'done' ? 'owner' : winners.length ? 'rival' : 'nobody'] += 1;
      }
    }
    expect(won.owner, JSON.stringify(won)).toBeGreaterThan(0);
    expect(won.rival, JSON.stringify(won)).toBeGreaterThan(0);
  });
});
