import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { expireHolds } from '../../lambdas/appointments/expire-holds.ts';
import { countDivergence } from '../../lambdas/availability/index/divergence.ts';
import { freeIndexOn, type SlotState } from '../../lambdas/availability/index/free-index.ts';
import { resyncIndex } from '../../lambdas/availability/index/resync.ts';
import { dayOf } from '../../lambdas/availability/index/slots.ts';
import { relayToIndex } from '../../lambdas/outbox/relay-to-index.ts';
import { tellIndex, tellIndexOf } from '../../lambdas/outbox/tell-index.ts';
import { planSlots } from '../../lambdas/schedules/schedules.sql.ts';
import { connectCache } from '../../lambdas/shared/cache.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { book, change, commandOf } from '../support/clients.ts';
import { insertClinic, insertPatients, insertSlots, startInDays, type TestClinic } from '../support/clinic.ts';
import { begun, slotsOfDay } from '../support/free-index.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { startTestRedis } from '../support/redis.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

const redis = await startTestRedis();
const cache = connectCache(redis?.address ?? Object(), { patienceMilliseconds: 5_000 });
const index = freeIndexOn(cache, { freshSeconds: 600 });
const away = freeIndexOn({ use: async () => undefined }, { freshSeconds: 600 });
const timeLeft = () => 60_000;

let database: TestDatabase;
let owner: pg.Client;
let patients: Db;
let relay: Db;
let resync: Db;
let clinic: TestClinic;
let slotIds: string[];
let ana: string;
const start = startInDays(3);

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  [patients, relay, resync] = [database.as('patient_api'), database.as('outbox_relay'), database.as('resync_index')];
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
  [ana = ''] = await insertPatients(owner, 1);
  if (redis) await resyncIndex({ db: resync, index, freshSeconds: 600, timeLeft });
});

/** What the index answers for the day, sorted; undefined when it does not. */
async function told(): Promise<string[] | undefined> {
  const from = new Date(`${dayOf(start)}T00:00:00Z`);
  const slots = await index.read(clinic.clinicId, from, new Date(from.getTime() + 86_400_000));
  return slots?.map((slot) => `${slot.doctorId} ${slot.start}`).sort();
}

/** What the database has. */
const stored = async () =>
  (await slotsOfDay(owner, clinic.clinicId, dayOf(start)))
    .filter(({ status }) => status === 'free')
    .map((slot) => `${slot.doctorId} ${Date.parse(slot.start) / 1000}`)
    .sort();

const expectEqual = async () => {
  const answer = await told();
  expect(answer).toBeDefined();
  expect(answer).toEqual(await stored());
};

/** A booking that is told to nobody: the function died after its commit. */
const bookUntold = async (slotId: string | undefined) => (await book(patients, ana, { slotId })).answer;

describe.skipIf(!redis)('the index', () => {
  it('knows at once what a booking, a hold, a move, a cancellation and an expiry have changed', async () => {
    const act = async (acting: ReturnType<typeof book>) => {
      const { answer, changed } = await acting;
      await tellIndex(index, changed);
      await expectEqual();
      if (answer.outcome !== 'done') throw new Error(answer.outcome);
      return answer.appointment.id;
    };
    const booked = await act(book(patients, ana, { slotId: slotIds[0] }));
    expect(await told()).toHaveLength(7);
    await act(change(patients, commandOf(ana), 'reschedule', booked, { slotId: slotIds[1] }));
    await act(change(patients, commandOf(ana), 'cancel', booked));
    expect(await told()).toHaveLength(8);
    const held = await act(book(patients, ana, { slotId: slotIds[2], hold: true }));
    expect(await told()).toHaveLength(7);
    await owner.query(
      `with lapsed as (update appointments set expires_at = now() - interval '1 s', version = version + 1 where id = $1 returning id)
       update availability_slots set held_until = now() - interval '1 s', version = version + 1
       where id in (select slot_id from appointment_slots where appointment_id in (select id from lapsed))`,
      [held],
    );
    await expireHolds(database.as('expire_holds'), index);
    await expectEqual();
    expect(await told()).toHaveLength(8);
  });

  it('is told by a refusal what it must have shown wrongly', async () => {
    await bookUntold(slotIds[0]);
    expect(await told()).toHaveLength(8);
    const [rui = ''] = await insertPatients(owner, 1);
    const wish = { clinicId: clinic.clinicId, startTime: start, doctorId: clinic.doctorIds[0] };
    const { answer, changed } = await book(patients, rui, wish);
    expect(answer.outcome).toBe('slot_taken');
    await tellIndex(index, changed);
    await expectEqual();
  });

  it('is told by the relay what nobody told it, by two at once, and of nothing twice', async () => {
    await bookUntold(slotIds[0]);
    await bookUntold(slotIds[3]);
    const runs = await Promise.all([0, 1].map(() => relayToIndex({ db: relay, index, timeLeft })));
    expect(Math.max(...runs.map((run) => run.told))).toBeGreaterThanOrEqual(2);
    await expectEqual();
    expect(await relayToIndex({ db: relay, index, timeLeft })).toEqual({ told: 0 });
  });

  it('is told later when the cache is away, and no change is lost', async () => {
    await bookUntold(slotIds[0]);
    expect(await relayToIndex({ db: relay, index: away, timeLeft })).toEqual({ told: 0 });
    expect(await relayToIndex({ db: relay, index, timeLeft })).toEqual({ told: 1 });
    await expectEqual();
  });

  it('is told of new slots by whoever makes them', async () => {
    await owner.query(
      `insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, valid_from)
       select $1, $2, weekday, '14:00', '16:00', current_date from generate_series(1, 7) weekday`,
      [clinic.clinicId, clinic.doctorIds[0]],
    );
    const job = database.as('generate_slots');
    const runId = randomUUID();
    expect((await planSlots(job, clinic.doctorIds[0] ?? '', runId)).created).toBeGreaterThan(0);
    await tellIndexOf(job, index, runId);
    await expectEqual();
  });
});

describe.skipIf(!redis)('a resync', () => {
  it('repairs what was lost, and says so', async () => {
    await bookUntold(slotIds[0]);
    const sampler = { db: resync, index };
    const day = { clinicId: clinic.clinicId, day: dayOf(start) };
    // What the relay has yet to tell is late, and not wrong.
    expect(await countDivergence(sampler, [day])).toBe(0);
    await owner.query('update outbox set indexed_at = clock()');
    expect(await countDivergence(sampler, [day])).toBeGreaterThan(0);
    await resyncIndex({ ...sampler, freshSeconds: 600, timeLeft });
    await expectEqual();
    expect(await countDivergence(sampler, [day])).toBe(0);
  });

  it('fills an empty cache, and takes up where a run was cut off', async () => {
    await cache.use((client) => client.unlink(`avail:{${clinic.clinicId}}:${dayOf(start)}`));
    expect(await told()).toBeUndefined();
    const { total } = await resyncIndex({ db: resync, index, freshSeconds: 600, timeLeft: () => 0 });
    expect(await told()).toBeUndefined();
    expect(await resyncIndex({ db: resync, index, freshSeconds: 600, timeLeft })).toEqual({ days: total, total });
    await expectEqual();
  });

  it('goes on after a command that failed, and leaves that day to the next run', async () => {
    let failures = 1;
    const failing: typeof index = {
      ...index,
      begin: async (...day) => (failures-- > 0 ? undefined : index.begin(...day)),
    };
    const { days, total } = await resyncIndex({ db: resync, index: failing, freshSeconds: 600, timeLeft });
    expect(days).toBe(total - 1);
  });

  it('gives up on a cache that does not come back', async () => {
    let asked = 0;
    const failing: typeof index = {
      ...away,
      begin: async () => {
        asked += 1;
        return undefined;
      },
    };
    vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 1_000 });
    try {
      expect(await resyncIndex({ db: resync, index: failing, freshSeconds: 600, timeLeft })).toMatchObject({ days: 0 });
    } finally {
      vi.useRealTimers();
    }
    expect(asked).toBe(5);
  });

  it.each<[string, (slot: SlotState) => SlotState]>([
    ['later versions', (slot) => ({ ...slot, status: 'booked', version: slot.version + 7 })],
    ['another history of the same length', (slot) => ({ ...slot, status: 'booked' })],
    ['slots', (slot) => ({ ...slot, id: randomUUID(), seat: 2 })],
  ])('unlearns %s that the database has lost, as it does when it is restored', async (_what, lost) => {
    const [slot] = await slotsOfDay(owner, clinic.clinicId, dayOf(start));
    if (!slot) throw new Error('There is no slot.');
    await index.forget(clinic.clinicId, [dayOf(start)]);
    await index.apply(clinic.clinicId, [lost(slot)]);
    const lease = await begun(index, clinic.clinicId, dayOf(start));
    await index.merge(lease, await slotsOfDay(owner, clinic.clinicId, dayOf(start)));
    expect(await told()).not.toEqual(await stored());
    await resyncIndex({ db: resync, index, freshSeconds: 600, timeLeft });
    await expectEqual();
  });

  it('reads of a day what is of that day, however many slots there are', async () => {
    for (let doctors = 0; doctors < 3; doctors += 1)
      await insertSlots(owner, await insertClinic(owner, { doctors: 10, horizonDays: 5 }), start, 300);
    await owner.query('vacuum analyze availability_slots');
    const transaction = await database.connect();
    await transaction.query('begin');
    await transaction.query('select slots_of_day($1, $2)', [clinic.clinicId, dayOf(start)]);
    await transaction.query(`select changed_slots('none', $1, $2)`, [clinic.clinicId, start]);
    const { rows } = await transaction.query(
      `select seq_tup_read::int as passed, idx_tup_fetch::int as fetched from pg_stat_xact_user_tables where relname = 'availability_slots'`,
    );
    await transaction.end();
    expect(rows[0]).toMatchObject({ passed: 0 });
    expect(rows[0].fetched).toBeLessThan(50);
  });

  it('never brings a booked slot back, whatever is told while it runs', async () => {
    for (const slotId of slotIds.slice(0, 4)) {
      const lease = await index.begin(clinic.clinicId, dayOf(start));
      const snapshot = await slotsOfDay(owner, clinic.clinicId, dayOf(start));
      const { changed, answer } = await book(patients, ana, { slotId });
      expect(answer.outcome).toBe('done');
      await tellIndex(index, changed);
      if (lease) await index.merge(lease, snapshot);
      await expectEqual();
    }
  });
});
