import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freeIndexOn, type SlotState } from '../../lambdas/availability/index/free-index.ts';
import { SLOTS_PER_CALL } from '../../lambdas/availability/index/scripts.ts';
import { keysOf } from '../../lambdas/availability/index/slots.ts';
import { connectCache } from '../../lambdas/shared/cache.ts';
import { begun, slotAt, wholeDay } from '../support/free-index.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const DAY = '2030-01-31';
const START = new Date(`${DAY}T09:00:00Z`);
const [FROM, TO] = wholeDay(START);
const HOUR = 3_600_000;

const redis = await startTestRedis();
afterAll(() => redis?.stop());

describe.skipIf(!redis)('the index of free slots', () => {
  const cache = connectCache(redis?.address ?? Object(), { patienceMilliseconds: 5_000 });
  const index = freeIndexOn(cache, { freshSeconds: 600 });
  /** As another function has it, which fails by itself. */
  const another = () => freeIndexOn(connectCache(redis?.address ?? Object()), { freshSeconds: 600 });
  let operator: Redis;
  let clinicId: string;
  let set: string;
  let state: string;
  let nine: string;
  let ten: string;

  beforeAll(async () => {
    if (redis) operator = await redis.operate();
  });
  afterAll(() => operator.disconnect());
  beforeEach(() => {
    clinicId = randomUUID();
    nine = randomUUID();
    ten = randomUUID();
    [set, state] = keysOf(clinicId, DAY);
  });

  const at9 = (status = 'free', version = 1) => slotAt(START, { id: nine, status, version });
  const at10 = (status = 'free', version = 1) =>
    slotAt(new Date(START.getTime() + HOUR), { id: ten, status, version, seat: 2 });

  /** The hours of the free slots of the day; nothing when the index does not answer. */
  const read = async (of = index) =>
    (await of.read(clinicId, FROM, TO))?.map(({ start }) => new Date(start * 1000).getUTCHours());

  /** Declares the day to be this. */
  async function declare(...slots: SlotState[]) {
    return index.merge(await begun(index, clinicId, DAY), slots);
  }

  it('answers for a day when all of it was merged, and not before', async () => {
    expect(await read()).toBeUndefined();
    expect(await index.apply(clinicId, [at9()])).toBe(true);
    expect(await read()).toBeUndefined();
    expect(await declare(at9(), at10())).toEqual({ changed: 1, outdated: [] });
    expect(await index.read(clinicId, FROM, TO)).toEqual([
      { doctorId: at9().doctorId, start: START.getTime() / 1000, end: START.getTime() / 1000 + 1800, seat: 1 },
      {
        doctorId: at9().doctorId,
        start: START.getTime() / 1000 + 3600,
        end: START.getTime() / 1000 + 5400,
        seat: 2,
      },
    ]);
  });

  it('keeps what the README says, for good', async () => {
    await declare(at9(), at10('booked', 7));
    expect(await operator.zrange(set, '0', '-1', 'WITHSCORES')).toEqual([
      `${nine}:${at9().doctorId}:${START.getTime() / 1000 + 1800}:1`,
      String(START.getTime() / 1000),
    ]);
    expect(await operator.hgetall(state)).toMatchObject({ [nine]: '1f', [ten]: '7-', '#free': '1', '#complete': '1' });
    expect([await operator.ttl(set), await operator.ttl(state)]).toEqual([-1, -1]);
  });

  it('knows an empty day from one that it does not know', async () => {
    await declare();
    expect(await read()).toEqual([]);
  });

  it('is for each clinic its own', async () => {
    await declare(at9());
    clinicId = randomUUID();
    expect(await read()).toBeUndefined();
  });

  it('has only what is free', async () => {
    await declare(at9());
    for (const [version, status] of ['held', 'free', 'booked', 'free', 'blocked', 'free', 'withdrawn'].entries()) {
      await index.apply(clinicId, [at9(status, version + 2)]);
      expect(await read()).toEqual(status === 'free' ? [9] : []);
    }
  });

  it('comes to the same in whatever order and however often it is told', async () => {
    const told = fc.array(fc.record({ nine: fc.boolean(), version: fc.integer({ min: 1, max: 6 }) }), {
      maxLength: 12,
    });
    // The status of a version is always the same.
    const status = (version: number) => (version % 2 === 0 ? 'booked' : 'free');
    await fc.assert(
      fc.asyncProperty(told, fc.integer({ min: 1, max: 12 }), async (events, together) => {
        clinicId = randomUUID();
        await declare();
        const slots = events.map(({ nine, version }) => (nine ? at9 : at10)(status(version), version));
        for (let at = 0; at < slots.length; at += together) await index.apply(clinicId, slots.slice(at, at + together));
        const last = (ofNine: boolean) =>
          Math.max(0, ...events.filter((event) => event.nine === ofNine).map(({ version }) => version));
        expect(await read()).toEqual([...(last(true) % 2 ? [9] : []), ...(last(false) % 2 ? [10] : [])]);
      }),
      { numRuns: 100, seed: 20300131 },
    );
  });

  it('is told of many slots of many days at once', async () => {
    const slots = Array.from({ length: 2 * SLOTS_PER_CALL + 1 }, (_, n) =>
      slotAt(new Date(START.getTime() + (n % 60) * 24 * HOUR), { id: randomUUID(), seat: n + 1 }),
    );
    const days = Array.from({ length: 60 }, (_, n) =>
      new Date(START.getTime() + n * 24 * HOUR).toISOString().slice(0, 10),
    );
    for (const day of days) await index.merge(await begun(index, clinicId, day), []);
    await index.apply(clinicId, slots);
    const end = new Date(FROM.getTime() + 60 * 24 * HOUR);
    expect(await index.read(clinicId, FROM, end)).toHaveLength(slots.length);
    const some = await index.read(clinicId, new Date(START.getTime() + 1), new Date(START.getTime() + 24 * HOUR + 1));
    expect(some).toHaveLength(slots.filter(({ start }) => start.startsWith('2030-02-01')).length);
  });

  it('merges a large day in parts, and is complete with the last', async () => {
    const slots = Array.from({ length: 2 * SLOTS_PER_CALL + 1 }, (_, n) =>
      slotAt(START, { id: randomUUID(), seat: n + 1 }),
    );
    expect(await declare(...slots)).toEqual({ changed: slots.length, outdated: [] });
    expect(await read()).toHaveLength(slots.length);
    expect(await declare(...slots)).toEqual({ changed: 0, outdated: [] });
  });

  it('does not answer for more at once than is well for others, and gets there all the same', async () => {
    const days = Array.from({ length: 5 }, (_, n) => new Date(START.getTime() + n * 24 * HOUR));
    for (const day of days) {
      const slots = Array.from({ length: 1_500 }, (_, n) => slotAt(day, { id: randomUUID(), seat: n + 1 }));
      await index.merge(await begun(index, clinicId, day.toISOString().slice(0, 10)), slots);
    }
    const end = new Date(FROM.getTime() + 5 * 24 * HOUR);
    expect(await index.read(clinicId, FROM, end)).toBeUndefined();
    expect(await index.read(clinicId, FROM, end)).toHaveLength(7_500);
  });

  it('brings no slot back that was taken after the snapshot', async () => {
    await declare(at9());
    const lease = await begun(index, clinicId, DAY);
    const snapshot = [at9()];
    await index.apply(clinicId, [at9('booked', 2)]);
    expect(await index.merge(lease, snapshot)).toEqual({ changed: 0, outdated: [nine] });
    expect(await read()).toEqual([]);
  });

  it.each([
    ['both keys of the day', () => [set, state]],
    ['the hash', () => [state]],
    ['the set', () => [set]],
  ])('loses the lease with %s, because what was told meanwhile is lost too', async (_what, lost) => {
    await declare(at9(), at10());
    const lease = await begun(index, clinicId, DAY);
    const snapshot = [at9(), at10()];
    await index.apply(clinicId, [at9('booked', 2)]);
    await operator.unlink(...lost());
    expect(await index.merge(lease, snapshot)).toBeUndefined();
    expect(await read()).toBeUndefined();
    // Also when somebody has made the day anew.
    const third = slotAt(START, { id: randomUUID(), seat: 3 });
    await index.apply(clinicId, [third]);
    await index.begin(clinicId, DAY);
    expect(await index.merge(lease, snapshot)).toBeUndefined();
    expect(await read()).toBeUndefined();
    await declare(at9('booked', 2), at10(), { ...third, status: 'booked', version: 2 });
    expect(await read()).toEqual([10]);
  });

  it('does not answer when a key was lost, whatever is told afterwards, until the next merge', async () => {
    for (const lost of [() => set, () => state]) {
      await declare(at9('free', 3), at10());
      expect(await read()).toEqual([9, 10]);
      await operator.unlink(lost());
      expect(await read()).toBeUndefined();
      await index.apply(clinicId, [at9('booked', 4)]);
      expect(await read()).toBeUndefined();
      await index.apply(clinicId, [at9('free', 5)]);
      expect(await read()).toBeUndefined();
      await declare(at9('free', 5), at10());
      expect(await read()).toEqual([9, 10]);
      clinicId = randomUUID();
      [set, state] = keysOf(clinicId, DAY);
    }
  });

  it('does not answer when the set has lost a member', async () => {
    await declare(at9(), at10());
    expect(await read()).toEqual([9, 10]);
    await operator.zpopmin(set);
    expect(await read()).toBeUndefined();
    await declare(at9(), at10());
    expect(await read()).toEqual([9, 10]);
  });

  it('keeps one lease for two who sync at once', async () => {
    const [one, other] = [await begun(index, clinicId, DAY), await begun(index, clinicId, DAY)];
    expect(await index.merge(other, [at9('booked', 2)])).toEqual({ changed: 1, outdated: [] });
    expect(await index.merge(one, [at9()])).toEqual({ changed: 0, outdated: [nine] });
    expect(await read()).toEqual([]);
  });

  it('answers while its last sync is fresh', async () => {
    let now = Date.now();
    const timed = freeIndexOn(cache, { freshSeconds: 600, clock: () => now });
    const lease = await begun(timed, clinicId, DAY);
    now += 300_000;
    await timed.merge(lease, [at9()]);
    now += 300_000;
    expect(await read(timed)).toEqual([9]);
    now += 1_000;
    expect(await read(timed)).toBeUndefined();
    await timed.merge(await begun(timed, clinicId, DAY), [at9()]);
    // An older snapshot that arrives late takes nothing from it.
    await timed.merge(lease, [at9()]);
    expect(await read(timed)).toEqual([9]);
  });

  it('forgets days', async () => {
    await declare(at9());
    expect(await index.forget(clinicId, [DAY, '2030-02-01'])).toBe(true);
    expect(await operator.exists(set, state)).toBe(0);
    expect(await read()).toBeUndefined();
  });

  it('needs no script to be there', async () => {
    await declare(at9());
    await operator.script('FLUSH');
    expect(await read()).toEqual([9]);
    await index.apply(clinicId, [at9('booked', 2)]);
    expect(await read()).toEqual([]);
  });

  it('makes an answer anew that another version has made, and takes it away at every change', async () => {
    await declare(at9());
    await operator.hset(state, '#view', '{"of": "another version"}');
    expect(await read()).toEqual([9]);
    await operator.hset(state, '#view', '{"of": "another version"}');
    await index.apply(clinicId, [at10()]);
    expect(await operator.hexists(state, '#view')).toBe(0);
  });

  it('does not answer with what it cannot read', async () => {
    await declare(at9());
    await operator.hset(state, '#view', '[[half of');
    expect(await read(another())).toBeUndefined();
    await index.apply(clinicId, [at10()]);
    expect(await read()).toEqual([9, 10]);
  });

  it('answers while the cache is full, but nothing for what it could not be told', async () => {
    await declare(at9(), at10());
    await operator.config('SET', 'maxmemory', '1');
    try {
      expect(await read()).toEqual([9, 10]);
      expect(await read()).toEqual([9, 10]);
      expect(await index.apply(clinicId, [at9('booked', 2)])).toBe(true);
      expect(await read()).toBeUndefined();
      expect(await index.apply(clinicId, [at9('booked', 2)])).toBe(true);
      expect(await operator.exists(set, state)).toBe(0);
    } finally {
      await operator.config('SET', 'maxmemory', '0');
    }
    await declare(at9('booked', 2), at10());
    expect(await read()).toEqual([10]);
  });

  it('is not asked of a server that follows another, which may not know the last news', async () => {
    await declare(at9());
    const other = another();
    expect(await read(other)).toEqual([9]);
    await operator.replicaof('127.0.0.1', '1');
    try {
      expect(await read(other)).toBeUndefined();
      // Also when it is told nothing new, and would have nothing to refuse.
      expect(await another().apply(clinicId, [at9()])).toBe(false);
    } finally {
      await operator.replicaof('NO', 'ONE');
    }
    expect(await read()).toBeUndefined();
    await declare(at9());
    expect(await read()).toEqual([9]);
  });

  describe('on another server', () => {
    let other: TestRedis | undefined;
    let there: Redis;
    beforeAll(async () => {
      other = await startTestRedis();
      if (other) there = await other.operate();
    });
    afterAll(async () => {
      there.disconnect();
      await other?.stop();
    });

    /** Gives the other server what this one has of the day: a replica, or what an old dump holds. */
    async function copyDay() {
      for (const key of [set, state]) {
        const dump = await operator.dumpBuffer(key);
        if (dump) await there.restore(key, 0, dump, 'REPLACE');
      }
    }

    it('with an earlier state it does not answer until that one was synced, and loses the leases of this one', async () => {
      const otherCache = connectCache(other?.address ?? Object(), { patienceMilliseconds: 5_000 });
      const elsewhere = freeIndexOn(otherCache, { freshSeconds: 600 });
      await declare(at9());
      const lease = await begun(index, clinicId, DAY);
      const snapshot = [at9()];
      await copyDay();
      await index.apply(clinicId, [at9('booked', 2)]);
      expect(await read()).toEqual([]);

      expect(await read(elsewhere)).toBeUndefined();
      expect(await elsewhere.merge(lease, snapshot)).toBeUndefined();
      expect(await read(elsewhere)).toBeUndefined();
      await elsewhere.merge(await begun(elsewhere, clinicId, DAY), [at9('booked', 2)]);
      expect(await read(elsewhere)).toEqual([]);
    });
  });
});

describe('without a cache', () => {
  it('nothing is known, and nothing fails', async () => {
    const cache = connectCache({ CACHE_HOST: '127.0.0.1', CACHE_PORT: '1', CACHE_NAME: 'test', CACHE_USER: 'nobody' });
    const index = freeIndexOn(cache, { freshSeconds: 600 });
    expect(await index.apply('c', [slotAt(START, { id: 's' })])).toBe(false);
    expect(await index.begin('c', DAY)).toBeUndefined();
    expect(await index.merge({ clinicId: 'c', day: DAY, token: 't', term: 'r', since: 0 }, [])).toBeUndefined();
    expect(await index.read('c', FROM, TO)).toBeUndefined();
    expect(await index.forget('c', [DAY])).toBe(false);
  });
});
