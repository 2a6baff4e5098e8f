import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { expireHolds } from '../../../lambdas/appointments/expire-holds.ts';
import { countDivergence } from '../../../lambdas/availability/free-slot-index/count-divergence.ts';
import { createFreeSlotIndex, type SlotState } from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { resyncIndex } from '../../../lambdas/availability/free-slot-index/resync-index.ts';
import { toUtcDay } from '../../../lambdas/availability/free-slot-index/slot-encoding.ts';
import { publishToIndex } from '../../../lambdas/outbox/publish-to-index.ts';
import { updateFreeSlotIndex, updateFreeSlotIndexForRequest } from '../../../lambdas/outbox/update-free-slot-index.ts';
import { planSlots } from '../../../lambdas/schedules/schedules.sql.ts';
import { connectCache } from '../../../lambdas/shared/cache.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment, createCommand } from '../../support/clinic/booking-clients.ts';
import {
  insertClinic,
  insertPatients,
  insertSlots,
  startTimeInDays,
  type TestClinic,
} from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { acquireLeaseOrThrow, readSlotsOfDay } from '../../support/free-slot-index/sync-index.ts';
import { startTestRedis } from '../../support/redis/test-redis.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

// Records the waits between two attempts, and shortens each to a hundredth.
const waits = vi.hoisted((): number[] => []);
vi.mock('node:timers/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:timers/promises')>();
  const setTimeout = (milliseconds: number) => {
    waits.push(milliseconds);
    return original.setTimeout(milliseconds / 100);
  };
  return { ...original, setTimeout };
});

const redis = await startTestRedis();
const cache = connectCache(redis?.address ?? Object(), { timeoutMilliseconds: 5_000 });
const index = createFreeSlotIndex(cache, { freshSeconds: 600 });
const unavailableIndex = createFreeSlotIndex({ use: async () => undefined }, { freshSeconds: 600 });
const remainingMilliseconds = () => 60_000;

let database: TestDatabase;
let owner: pg.Client;
let patients: Db;
let relay: Db;
let resync: Db;
let clinic: TestClinic;
let slotIds: string[];
let patientSub: string;
const start = startTimeInDays(3);

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  [patients, relay, resync] = [
    database.connectAs('patient_api'),
    database.connectAs('outbox_relay'),
    database.connectAs('resync_index'),
  ];
});
afterAll(async () => {
  await owner.end();
  await database.drop();
  await redis?.stop();
});

beforeEach(async () => {
  await owner.query('truncate outbox; update clinics set horizon_days = 1');
  clinic = await insertClinic(owner, { doctors: 2, horizonDays: 5 });
  slotIds = await insertSlots(owner, clinic, start, 4);
  [patientSub = ''] = await insertPatients(owner, 1);
  if (redis) await resyncIndex({ db: resync, index, freshSeconds: 600, remainingMilliseconds });
});

/** Reads the free slots of the day from the index, sorted; undefined if the index cannot serve the day. */
async function readIndexedSlots(): Promise<string[] | undefined> {
  const from = new Date(`${toUtcDay(start)}T00:00:00Z`);
  const slots = await index.readSlots(clinic.clinicId, from, new Date(from.getTime() + 86_400_000));
  return slots?.map((slot) => `${slot.doctorId} ${slot.startSeconds}`).sort();
}

/** Reads the free slots of the day from the database, sorted. */
const readStoredSlots = async () =>
  (await readSlotsOfDay(owner, clinic.clinicId, toUtcDay(start)))
    .filter(({ status }) => status === 'free')
    .map((slot) => `${slot.doctorId} ${Date.parse(slot.startTime) / 1000}`)
    .sort();

const expectIndexEqualsDatabase = async () => {
  const indexed = await readIndexedSlots();
  expect(indexed).toBeDefined();
  expect(indexed).toEqual(await readStoredSlots());
};

/** Books without publishing the change, like a function that crashes after its commit. */
const bookWithoutPublishing = async (slotId: string | undefined) =>
  (await bookForPatient(patients, patientSub, { slotId })).result;

describe.skipIf(!redis)('the index', () => {
  it('is updated at once by a booking, a hold, a reschedule, a cancellation and an expiry', async () => {
    const publishChange = async (command: ReturnType<typeof bookForPatient>) => {
      const { result, changedSlots } = await command;
      await updateFreeSlotIndex(index, changedSlots);
      await expectIndexEqualsDatabase();
      if (result.outcome !== 'done') throw new Error(result.outcome);
      return result.appointment.id;
    };
    const booked = await publishChange(bookForPatient(patients, patientSub, { slotId: slotIds[0] }));
    expect(await readIndexedSlots()).toHaveLength(7);
    await publishChange(
      changeAppointment(patients, createCommand(patientSub), 'reschedule', booked, { slotId: slotIds[1] }),
    );
    await publishChange(changeAppointment(patients, createCommand(patientSub), 'cancel', booked));
    expect(await readIndexedSlots()).toHaveLength(8);
    const held = await publishChange(bookForPatient(patients, patientSub, { slotId: slotIds[2], hold: true }));
    expect(await readIndexedSlots()).toHaveLength(7);
    await owner.query(
      `with expired_hold as (update appointments set expires_at = now() - interval '1 s', version = version + 1 where id = $1 returning id)
       update availability_slots set held_until = now() - interval '1 s', version = version + 1
       where id in (select slot_id from appointment_slots where appointment_id in (select id from expired_hold))`,
      [held],
    );
    await expireHolds(database.connectAs('expire_holds'), index);
    await expectIndexEqualsDatabase();
    expect(await readIndexedSlots()).toHaveLength(8);
  });

  it('is corrected by the refusal of a booking for a slot that it wrongly lists', async () => {
    await bookWithoutPublishing(slotIds[0]);
    expect(await readIndexedSlots()).toHaveLength(8);
    const [otherPatient = ''] = await insertPatients(owner, 1);
    const request = { clinicId: clinic.clinicId, startTime: start, doctorId: clinic.doctorIds[0] };
    const { result, changedSlots } = await bookForPatient(patients, otherPatient, request);
    expect(result.outcome).toBe('slot_taken');
    await updateFreeSlotIndex(index, changedSlots);
    await expectIndexEqualsDatabase();
  });

  it('is updated after a crash by two concurrent relays, which mark each change as published', async () => {
    await bookWithoutPublishing(slotIds[0]);
    await bookWithoutPublishing(slotIds[3]);
    const runs = await Promise.all([0, 1].map(() => publishToIndex({ db: relay, index, remainingMilliseconds })));
    expect(Math.max(...runs.map((run) => run.published))).toBeGreaterThanOrEqual(2);
    await expectIndexEqualsDatabase();
    expect(await publishToIndex({ db: relay, index, remainingMilliseconds })).toEqual({
      published: 0,
    });
  });

  it('is updated after an outage of the cache without losing a change', async () => {
    await bookWithoutPublishing(slotIds[0]);
    expect(await publishToIndex({ db: relay, index: unavailableIndex, remainingMilliseconds })).toEqual({
      published: 0,
    });
    expect(await publishToIndex({ db: relay, index, remainingMilliseconds })).toEqual({
      published: 1,
    });
    await expectIndexEqualsDatabase();
  });

  it('is updated by the job that creates new slots', async () => {
    await owner.query(
      `insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, valid_from)
       select $1, $2, weekday, '14:00', '16:00', current_date from generate_series(1, 7) weekday`,
      [clinic.clinicId, clinic.doctorIds[0]],
    );
    const job = database.connectAs('generate_slots');
    const runId = randomUUID();
    expect((await planSlots(job, clinic.doctorIds[0] ?? '', runId)).created).toBeGreaterThan(0);
    await updateFreeSlotIndexForRequest(job, index, runId);
    await expectIndexEqualsDatabase();
  });
});

describe.skipIf(!redis)('a resync', () => {
  it('restores lost changes, which countDivergence() counts', async () => {
    await bookWithoutPublishing(slotIds[0]);
    const sampler = { db: resync, index };
    const day = { clinicId: clinic.clinicId, day: toUtcDay(start) };
    // Changes that the relay has not published yet do not count as a divergence.
    expect(await countDivergence(sampler, [day])).toBe(0);
    await owner.query('update outbox set indexed_at = clock()');
    expect(await countDivergence(sampler, [day])).toBeGreaterThan(0);
    await resyncIndex({ ...sampler, freshSeconds: 600, remainingMilliseconds });
    await expectIndexEqualsDatabase();
    expect(await countDivergence(sampler, [day])).toBe(0);
  });

  it('fills an empty cache after a run that was cut off', async () => {
    await cache.use((client) => client.unlink(`avail:{${clinic.clinicId}}:${toUtcDay(start)}`));
    expect(await readIndexedSlots()).toBeUndefined();
    const { total } = await resyncIndex({ db: resync, index, freshSeconds: 600, remainingMilliseconds: () => 0 });
    expect(await readIndexedSlots()).toBeUndefined();
    expect(await resyncIndex({ db: resync, index, freshSeconds: 600, remainingMilliseconds })).toEqual({
      days: total,
      total,
    });
    await expectIndexEqualsDatabase();
  });

  it('continues after a command fails, and leaves that day to the next run', async () => {
    let failures = 1;
    const failingIndex: typeof index = {
      ...index,
      acquireLease: async (...day) => (failures-- > 0 ? undefined : index.acquireLease(...day)),
    };
    const { days, total } = await resyncIndex({
      db: resync,
      index: failingIndex,
      freshSeconds: 600,
      remainingMilliseconds,
    });
    expect(days).toBe(total - 1);
  });

  it('stops after five failures of the cache', async () => {
    let calls = 0;
    const failingIndex: typeof index = {
      ...unavailableIndex,
      acquireLease: async () => {
        calls += 1;
        return undefined;
      },
    };
    expect(
      await resyncIndex({ db: resync, index: failingIndex, freshSeconds: 600, remainingMilliseconds }),
    ).toMatchObject({ days: 0 });
    expect(calls).toBe(5);
    expect(waits.slice(-5)).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
  });

  it.each<[string, (slot: SlotState) => SlotState]>([
    ['later versions', (slot) => ({ ...slot, status: 'booked', version: slot.version + 7 })],
    ['another history of the same length', (slot) => ({ ...slot, status: 'booked' })],
    ['slots', (slot) => ({ ...slot, id: randomUUID(), seat: 2 })],
  ])('removes %s that the database has lost in a restore from a backup', async (_description, toLostState) => {
    const [slot] = await readSlotsOfDay(owner, clinic.clinicId, toUtcDay(start));
    if (!slot) throw new Error('There is no slot.');
    await index.removeDays(clinic.clinicId, [toUtcDay(start)]);
    await index.apply(clinic.clinicId, [toLostState(slot)]);
    const lease = await acquireLeaseOrThrow(index, clinic.clinicId, toUtcDay(start));
    await index.merge(lease, await readSlotsOfDay(owner, clinic.clinicId, toUtcDay(start)));
    expect(await readIndexedSlots()).not.toEqual(await readStoredSlots());
    await resyncIndex({ db: resync, index, freshSeconds: 600, remainingMilliseconds });
    await expectIndexEqualsDatabase();
  });

  it('reads only the rows of its day, also if there are many slots', async () => {
    for (let doctors = 0; doctors < 3; doctors += 1)
      await insertSlots(owner, await insertClinic(owner, { doctors: 10, horizonDays: 5 }), start, 300);
    await owner.query('vacuum analyze availability_slots');
    const transaction = await database.connect();
    await transaction.query('begin');
    await transaction.query('select slots_of_day($1, $2)', [clinic.clinicId, toUtcDay(start)]);
    await transaction.query(`select changed_slots('none', $1, $2)`, [clinic.clinicId, start]);
    const { rows } = await transaction.query(
      `select seq_tup_read::int as passed, idx_tup_fetch::int as fetched from pg_stat_xact_user_tables where relname = 'availability_slots'`,
    );
    await transaction.end();
    expect(rows[0]).toMatchObject({ passed: 0 });
    expect(rows[0].fetched).toBeLessThan(50);
  });

  it('does not restore a slot that is booked while it runs', async () => {
    for (const slotId of slotIds.slice(0, 4)) {
      const lease = await index.acquireLease(clinic.clinicId, toUtcDay(start));
      const snapshot = await readSlotsOfDay(owner, clinic.clinicId, toUtcDay(start));
      const { changedSlots, result } = await bookForPatient(patients, patientSub, { slotId });
      expect(result.outcome).toBe('done');
      await updateFreeSlotIndex(index, changedSlots);
      if (lease) await index.merge(lease, snapshot);
      await expectIndexEqualsDatabase();
    }
  });
});
