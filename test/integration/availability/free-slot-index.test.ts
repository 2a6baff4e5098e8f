import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createFreeSlotIndex,
  SLOTS_PER_CALL,
  type SlotState,
} from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { getDayKeys } from '../../../lambdas/availability/free-slot-index/slot-encoding.ts';
import { connectCache } from '../../../lambdas/shared/cache.ts';
import { acquireLeaseOrThrow, createSlot, toDaySpan } from '../../support/free-slot-index/sync-index.ts';
import { startTestRedis, type TestRedis } from '../../support/redis/test-redis.ts';

const DAY = '2030-01-31';
const START = new Date(`${DAY}T09:00:00Z`);
const [FROM, TO] = toDaySpan(START);
const HOUR = 3_600_000;

const redis = await startTestRedis();
afterAll(() => redis?.stop());

describe.skipIf(!redis)('the free-slot index', () => {
  const cache = connectCache(redis?.address ?? Object(), { timeoutMilliseconds: 5_000 });
  const index = createFreeSlotIndex(cache, { freshSeconds: 600 });
  /** Creates an index on a cache connection of its own, as another function has it. */
  const createOtherIndex = () => createFreeSlotIndex(connectCache(redis?.address ?? Object()), { freshSeconds: 600 });
  let operator: Redis;
  let clinicId: string;
  let set: string;
  let state: string;
  let idOfNine: string;
  let idOfTen: string;

  beforeAll(async () => {
    if (redis) operator = await redis.connectOperator();
  });
  afterAll(() => operator.disconnect());
  beforeEach(() => {
    clinicId = randomUUID();
    idOfNine = randomUUID();
    idOfTen = randomUUID();
    [set, state] = getDayKeys(clinicId, DAY);
  });

  const slotAtNine = (status = 'free', version = 1) => createSlot(START, { id: idOfNine, status, version });
  const slotAtTen = (status = 'free', version = 1) =>
    createSlot(new Date(START.getTime() + HOUR), { id: idOfTen, status, version, seat: 2 });

  /** Returns the hours of the free slots of the day; undefined if the index cannot serve the day. */
  const readHours = async (reader = index) =>
    (await reader.readSlots(clinicId, FROM, TO))?.map(({ startSeconds }) =>
      new Date(startSeconds * 1000).getUTCHours(),
    );

  /** Syncs the day to exactly these slots. */
  async function syncSlots(...slots: SlotState[]) {
    return index.merge(await acquireLeaseOrThrow(index, clinicId, DAY), slots);
  }

  it('serves a day only after all its slots are merged', async () => {
    expect(await readHours()).toBeUndefined();
    expect(await index.apply(clinicId, [slotAtNine()])).toBe(true);
    expect(await readHours()).toBeUndefined();
    expect(await syncSlots(slotAtNine(), slotAtTen())).toEqual({ changed: 1, outdated: [] });
    expect(await index.readSlots(clinicId, FROM, TO)).toEqual([
      {
        doctorId: slotAtNine().doctorId,
        startSeconds: START.getTime() / 1000,
        endSeconds: START.getTime() / 1000 + 1800,
        seat: 1,
      },
      {
        doctorId: slotAtNine().doctorId,
        startSeconds: START.getTime() / 1000 + 3600,
        endSeconds: START.getTime() / 1000 + 5400,
        seat: 2,
      },
    ]);
  });

  it('stores the keys of a day in the documented format, without an expiry', async () => {
    await syncSlots(slotAtNine(), slotAtTen('booked', 7));
    expect(await operator.zrange(set, '0', '-1', 'WITHSCORES')).toEqual([
      `${idOfNine}:${slotAtNine().doctorId}:${START.getTime() / 1000 + 1800}:1`,
      String(START.getTime() / 1000),
    ]);
    expect(await operator.hgetall(state)).toMatchObject({
      [idOfNine]: '1f',
      [idOfTen]: '7-',
      '#free': '1',
      '#complete': '1',
    });
    expect([await operator.ttl(set), await operator.ttl(state)]).toEqual([-1, -1]);
  });

  it('distinguishes an empty day from a missing one', async () => {
    await syncSlots();
    expect(await readHours()).toEqual([]);
  });

  it('is separate for each clinic', async () => {
    await syncSlots(slotAtNine());
    clinicId = randomUUID();
    expect(await readHours()).toBeUndefined();
  });

  it('serves only free slots', async () => {
    await syncSlots(slotAtNine());
    for (const [version, status] of ['held', 'free', 'booked', 'free', 'blocked', 'free', 'withdrawn'].entries()) {
      await index.apply(clinicId, [slotAtNine(status, version + 2)]);
      expect(await readHours()).toEqual(status === 'free' ? [9] : []);
    }
  });

  it('has the same contents after any order and repetition of the changes', async () => {
    const arbitraryChanges = fc.array(fc.record({ isNine: fc.boolean(), version: fc.integer({ min: 1, max: 6 }) }), {
      maxLength: 12,
    });
    // Each version has only one status.
    const statusOf = (version: number) => (version % 2 === 0 ? 'booked' : 'free');
    await fc.assert(
      fc.asyncProperty(arbitraryChanges, fc.integer({ min: 1, max: 12 }), async (changes, slotsPerCall) => {
        clinicId = randomUUID();
        await syncSlots();
        const slots = changes.map(({ isNine, version }) =>
          (isNine ? slotAtNine : slotAtTen)(statusOf(version), version),
        );
        for (let at = 0; at < slots.length; at += slotsPerCall) {
          await index.apply(clinicId, slots.slice(at, at + slotsPerCall));
        }
        const lastVersion = (ofNine: boolean) =>
          Math.max(0, ...changes.filter(({ isNine }) => isNine === ofNine).map(({ version }) => version));
        expect(await readHours()).toEqual([
          ...(lastVersion(true) % 2 ? [9] : []),
          ...(lastVersion(false) % 2 ? [10] : []),
        ]);
      }),
      { numRuns: 100, seed: 20300131 },
    );
  });

  it('applies many slots of many days at once', async () => {
    const slots = Array.from({ length: 2 * SLOTS_PER_CALL + 1 }, (_, n) =>
      createSlot(new Date(START.getTime() + (n % 60) * 24 * HOUR), { id: randomUUID(), seat: n + 1 }),
    );
    const days = Array.from({ length: 60 }, (_, n) =>
      new Date(START.getTime() + n * 24 * HOUR).toISOString().slice(0, 10),
    );
    for (const day of days) await index.merge(await acquireLeaseOrThrow(index, clinicId, day), []);
    await index.apply(clinicId, slots);
    const end = new Date(FROM.getTime() + 60 * 24 * HOUR);
    expect(await index.readSlots(clinicId, FROM, end)).toHaveLength(slots.length);
    const slotsOfOneDay = await index.readSlots(
      clinicId,
      new Date(START.getTime() + 1),
      new Date(START.getTime() + 24 * HOUR + 1),
    );
    expect(slotsOfOneDay).toHaveLength(slots.filter(({ startTime }) => startTime.startsWith('2030-02-01')).length);
  });

  it('merges a large day in parts, and serves it after the last part', async () => {
    const slots = Array.from({ length: 2 * SLOTS_PER_CALL + 1 }, (_, n) =>
      createSlot(START, { id: randomUUID(), seat: n + 1 }),
    );
    expect(await syncSlots(...slots)).toEqual({ changed: slots.length, outdated: [] });
    expect(await readHours()).toHaveLength(slots.length);
    expect(await syncSlots(...slots)).toEqual({ changed: 0, outdated: [] });
  });

  it('limits the slots whose views it builds in one call, and serves the range in the next call', async () => {
    const days = Array.from({ length: 5 }, (_, n) => new Date(START.getTime() + n * 24 * HOUR));
    for (const day of days) {
      const slots = Array.from({ length: 1_500 }, (_, n) => createSlot(day, { id: randomUUID(), seat: n + 1 }));
      await index.merge(await acquireLeaseOrThrow(index, clinicId, day.toISOString().slice(0, 10)), slots);
    }
    const end = new Date(FROM.getTime() + 5 * 24 * HOUR);
    expect(await index.readSlots(clinicId, FROM, end)).toBeUndefined();
    expect(await index.readSlots(clinicId, FROM, end)).toHaveLength(7_500);
  });

  it('does not restore a slot that was booked after the snapshot', async () => {
    await syncSlots(slotAtNine());
    const lease = await acquireLeaseOrThrow(index, clinicId, DAY);
    const snapshot = [slotAtNine()];
    await index.apply(clinicId, [slotAtNine('booked', 2)]);
    expect(await index.merge(lease, snapshot)).toEqual({ changed: 0, outdated: [idOfNine] });
    expect(await readHours()).toEqual([]);
  });

  it.each([
    ['both keys of the day', () => [set, state]],
    ['the hash', () => [state]],
    ['the set', () => [set]],
  ])('rejects a merge whose lease was acquired before the loss of %s', async (_description, lostKeys) => {
    await syncSlots(slotAtNine(), slotAtTen());
    const lease = await acquireLeaseOrThrow(index, clinicId, DAY);
    const snapshot = [slotAtNine(), slotAtTen()];
    await index.apply(clinicId, [slotAtNine('booked', 2)]);
    await operator.unlink(...lostKeys());
    expect(await index.merge(lease, snapshot)).toBeUndefined();
    expect(await readHours()).toBeUndefined();
    // The lease is also lost if the day has been created again.
    const third = createSlot(START, { id: randomUUID(), seat: 3 });
    await index.apply(clinicId, [third]);
    await index.acquireLease(clinicId, DAY);
    expect(await index.merge(lease, snapshot)).toBeUndefined();
    expect(await readHours()).toBeUndefined();
    await syncSlots(slotAtNine('booked', 2), slotAtTen(), { ...third, status: 'booked', version: 2 });
    expect(await readHours()).toEqual([10]);
  });

  it('does not serve a day that lost a key until the next merge, even if changes are applied', async () => {
    for (const lostKey of [() => set, () => state]) {
      await syncSlots(slotAtNine('free', 3), slotAtTen());
      expect(await readHours()).toEqual([9, 10]);
      await operator.unlink(lostKey());
      expect(await readHours()).toBeUndefined();
      await index.apply(clinicId, [slotAtNine('booked', 4)]);
      expect(await readHours()).toBeUndefined();
      await index.apply(clinicId, [slotAtNine('free', 5)]);
      expect(await readHours()).toBeUndefined();
      await syncSlots(slotAtNine('free', 5), slotAtTen());
      expect(await readHours()).toEqual([9, 10]);
      clinicId = randomUUID();
      [set, state] = getDayKeys(clinicId, DAY);
    }
  });

  it('does not serve a day whose set has lost a member', async () => {
    await syncSlots(slotAtNine(), slotAtTen());
    expect(await readHours()).toEqual([9, 10]);
    await operator.zpopmin(set);
    expect(await readHours()).toBeUndefined();
    await syncSlots(slotAtNine(), slotAtTen());
    expect(await readHours()).toEqual([9, 10]);
  });

  it('accepts the merges of two concurrent syncs, and keeps the newer version', async () => {
    const [one, other] = [
      await acquireLeaseOrThrow(index, clinicId, DAY),
      await acquireLeaseOrThrow(index, clinicId, DAY),
    ];
    expect(await index.merge(other, [slotAtNine('booked', 2)])).toEqual({ changed: 1, outdated: [] });
    expect(await index.merge(one, [slotAtNine()])).toEqual({ changed: 0, outdated: [idOfNine] });
    expect(await readHours()).toEqual([]);
  });

  it('serves a day while its last sync is fresh', async () => {
    let now = Date.now();
    const indexWithClock = createFreeSlotIndex(cache, { freshSeconds: 600, clock: () => now });
    const lease = await acquireLeaseOrThrow(indexWithClock, clinicId, DAY);
    now += 300_000;
    await indexWithClock.merge(lease, [slotAtNine()]);
    now += 300_000;
    expect(await readHours(indexWithClock)).toEqual([9]);
    now += 1_000;
    expect(await readHours(indexWithClock)).toBeUndefined();
    await indexWithClock.merge(await acquireLeaseOrThrow(indexWithClock, clinicId, DAY), [slotAtNine()]);
    // A late merge with an older lease does not change the time of the last sync.
    await indexWithClock.merge(lease, [slotAtNine()]);
    expect(await readHours(indexWithClock)).toEqual([9]);
  });

  it('removes days', async () => {
    await syncSlots(slotAtNine());
    expect(await index.removeDays(clinicId, [DAY, '2030-02-01'])).toBe(true);
    expect(await operator.exists(set, state)).toBe(0);
    expect(await readHours()).toBeUndefined();
  });

  it('reloads its scripts when they are missing', async () => {
    await syncSlots(slotAtNine());
    await operator.script('FLUSH');
    expect(await readHours()).toEqual([9]);
    await index.apply(clinicId, [slotAtNine('booked', 2)]);
    expect(await readHours()).toEqual([]);
  });

  it('rebuilds a cached view of another version, and deletes the view at every change', async () => {
    await syncSlots(slotAtNine());
    await operator.hset(state, '#view', '{"of": "another version"}');
    expect(await readHours()).toEqual([9]);
    await operator.hset(state, '#view', '{"of": "another version"}');
    await index.apply(clinicId, [slotAtTen()]);
    expect(await operator.hexists(state, '#view')).toBe(0);
  });

  it('does not serve a view that it cannot parse', async () => {
    await syncSlots(slotAtNine());
    await operator.hset(state, '#view', '[[half of');
    expect(await readHours(createOtherIndex())).toBeUndefined();
    await index.apply(clinicId, [slotAtTen()]);
    expect(await readHours()).toEqual([9, 10]);
  });

  it('serves days while the cache is full, except those with a change that could not be stored', async () => {
    await syncSlots(slotAtNine(), slotAtTen());
    await operator.config('SET', 'maxmemory', '1');
    try {
      expect(await readHours()).toEqual([9, 10]);
      expect(await readHours()).toEqual([9, 10]);
      expect(await index.apply(clinicId, [slotAtNine('booked', 2)])).toBe(true);
      expect(await readHours()).toBeUndefined();
      expect(await index.apply(clinicId, [slotAtNine('booked', 2)])).toBe(true);
      expect(await operator.exists(set, state)).toBe(0);
    } finally {
      await operator.config('SET', 'maxmemory', '0');
    }
    await syncSlots(slotAtNine('booked', 2), slotAtTen());
    expect(await readHours()).toEqual([10]);
  });

  it('does not read from a replica, which may lack the latest changes', async () => {
    await syncSlots(slotAtNine());
    const other = createOtherIndex();
    expect(await readHours(other)).toEqual([9]);
    await operator.replicaof('127.0.0.1', '1');
    try {
      expect(await readHours(other)).toBeUndefined();
      // A call without newer slots writes nothing, so Redis itself would not reject it.
      expect(await createOtherIndex().apply(clinicId, [slotAtNine()])).toBe(false);
    } finally {
      await operator.replicaof('NO', 'ONE');
    }
    expect(await readHours()).toBeUndefined();
    await syncSlots(slotAtNine());
    expect(await readHours()).toEqual([9]);
  });

  describe('on another server', () => {
    let other: TestRedis | undefined;
    let otherOperator: Redis;
    beforeAll(async () => {
      other = await startTestRedis();
      if (other) otherOperator = await other.connectOperator();
    });
    afterAll(async () => {
      otherOperator.disconnect();
      await other?.stop();
    });

    /** Copies the day to the other server, which then has the data of a replica or an old dump. */
    async function copyDay() {
      for (const key of [set, state]) {
        const dump = await operator.dumpBuffer(key);
        if (dump) await otherOperator.restore(key, 0, dump, 'REPLACE');
      }
    }

    it('with older data, it serves no day until the next sync and rejects the leases of the first server', async () => {
      const otherCache = connectCache(other?.address ?? Object(), { timeoutMilliseconds: 5_000 });
      const otherIndex = createFreeSlotIndex(otherCache, { freshSeconds: 600 });
      await syncSlots(slotAtNine());
      const lease = await acquireLeaseOrThrow(index, clinicId, DAY);
      const snapshot = [slotAtNine()];
      await copyDay();
      await index.apply(clinicId, [slotAtNine('booked', 2)]);
      expect(await readHours()).toEqual([]);

      expect(await readHours(otherIndex)).toBeUndefined();
      expect(await otherIndex.merge(lease, snapshot)).toBeUndefined();
      expect(await readHours(otherIndex)).toBeUndefined();
      await otherIndex.merge(await acquireLeaseOrThrow(otherIndex, clinicId, DAY), [slotAtNine('booked', 2)]);
      expect(await readHours(otherIndex)).toEqual([]);
    });
  });
});

describe('without a cache, the free-slot index', () => {
  it('returns no result and does not throw', async () => {
    const cache = connectCache({ CACHE_HOST: '127.0.0.1', CACHE_PORT: 1, CACHE_NAME: 'test', CACHE_USER: 'nobody' });
    const index = createFreeSlotIndex(cache, { freshSeconds: 600 });
    expect(await index.apply('c', [createSlot(START, { id: 's' })])).toBe(false);
    expect(await index.acquireLease('c', DAY)).toBeUndefined();
    expect(await index.merge({ clinicId: 'c', day: DAY, token: 't', term: 'r', startedAt: 0 }, [])).toBeUndefined();
    expect(await index.readSlots('c', FROM, TO)).toBeUndefined();
    expect(await index.removeDays('c', [DAY])).toBe(false);
  });
});
