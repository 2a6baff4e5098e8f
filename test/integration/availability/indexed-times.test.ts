import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FreeTimesQuery } from '../../../lambdas/availability/availability.sql.ts';
import { createFreeSlotIndex } from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { createIndexedFreeTimes } from '../../../lambdas/availability/indexed-free-times.ts';
import { connectCache } from '../../../lambdas/shared/cache.ts';
import { httpHandler } from '../../../lambdas/shared/http/handler.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { checkIndexedTimes, checkNextTimes } from '../../support/availability/indexed-times-model.ts';
import { insertClinic, insertSlots, startTimeInDays, type TestClinic } from '../../support/clinic/insert-clinic.ts';
import { resetClock, setClock } from '../../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { syncIndex } from '../../support/free-slot-index/sync-index.ts';
import { createApiEvent, createLambdaContext, FUNCTIONS } from '../../support/http/in-process-api.ts';
import { startTcpProxy } from '../../support/proxy/tcp-proxy.ts';
import { startTestRedis } from '../../support/redis/test-redis.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const redis = await startTestRedis();
const cache = connectCache(redis?.address ?? Object(), { timeoutMilliseconds: 5_000 });
const index = createFreeSlotIndex(cache, { freshSeconds: 600 });
afterAll(() => redis?.stop());

let database: TestDatabase;
let owner: pg.Client;
let db: Db;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  db = database.connectAs('availability_api');
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

describe.skipIf(!redis)('the free times from the index', () => {
  afterAll(() => resetClock(owner));

  it('equal those of the database', async () => {
    await checkIndexedTimes({ owner, db, index }, 20);
  });

  it('follow the clock of the database, which is read once a minute', async () => {
    const start = startTimeInDays(3).getTime();
    await setClock(owner, start - 10 * MINUTE);
    const { clinicId, ...rest } = await insertClinic(owner, { noticeMinutes: 5 });
    await insertSlots(owner, { clinicId, ...rest }, new Date(start));
    await syncIndex(index, owner, clinicId, new Date(start), new Date(start + 1));
    let now = 0;
    const indexed = createIndexedFreeTimes({ db, index, clock: () => now });
    const query = { clinicId, from: new Date(start - DAY), to: new Date(start + MINUTE) };
    await syncIndex(index, owner, clinicId, query.from, query.to);
    expect(await indexed.list(query, 1)).toHaveLength(1);
    // The cached clinic is less than a minute old, so the database's time is extrapolated from it.
    now = 59_000;
    expect(await indexed.list(query, 1)).toHaveLength(1);
    await setClock(owner, start - 5 * MINUTE + 1);
    now = 61_000;
    expect(await indexed.list(query, 1)).toEqual([]);
  });
});

describe('the next times from the database', () => {
  afterAll(() => resetClock(owner));

  it('are the first free times of all clinics', async () => {
    await checkNextTimes({ owner, db }, 20);
  });
});

describe.skipIf(!redis)('GET /availability', () => {
  const start = startTimeInDays(2);
  const span: Pick<FreeTimesQuery, 'from' | 'to'> = { from: startTimeInDays(1), to: startTimeInDays(4) };
  let lines: string[];
  let clinic: TestClinic;

  beforeEach(async () => {
    lines = [];
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        lines.push(String(chunk));
        return true;
      });
    }
    clinic = await insertClinic(owner, { doctors: 2 });
    await insertSlots(owner, clinic, start, 4);
  });
  afterEach(() => vi.restoreAllMocks());

  /** Creates the API on this cache. Its routes return the body of a response, or the status of a refusal. */
  function createApi(apiCache = cache, clock?: () => number) {
    const apiIndex = createFreeSlotIndex(apiCache, { freshSeconds: 600 });
    const deps = { db, indexedFreeTimes: createIndexedFreeTimes({ db, index: apiIndex, clock }) };
    const handler = httpHandler({ ...FUNCTIONS.availability_api, deps, corsOrigins: '*' });
    const get = async (route: string, query: Record<string, string>) => {
      const { statusCode, body } = Object(await handler(createApiEvent({ route, query }), createLambdaContext()));
      return statusCode === 200 ? JSON.parse(body) : statusCode;
    };
    const fromTo = { from: span.from.toISOString(), to: span.to.toISOString() };
    return {
      times: (query: Record<string, string> = {}) =>
        get('GET /availability', { clinicId: clinic.clinicId, ...fromTo, ...query }),
      next: (query: Record<string, string> = {}) => get('GET /availability/next', query),
      /** Syncs all days, as a resync does. */
      sync: () => syncIndex(apiIndex, owner, clinic.clinicId, new Date(), startTimeInDays(63)),
    };
  }

  const fourTimes = expect.objectContaining({ length: 4 });
  const fromIndex = { source: 'index', times: fourTimes };
  const fromDatabase = { source: 'database', times: fourTimes };

  it('returns the same times from the index as from the database', async () => {
    const api = createApi();
    const before = await api.times();
    expect(before).toEqual(fromDatabase);
    await api.sync();
    expect(await api.times()).toEqual({ ...before, source: 'index' });
    const [doctorId = ''] = clinic.doctorIds;
    expect(await api.times({ doctorId, slots: '3' })).toMatchObject({
      source: 'index',
      times: [{ availableDoctors: 1 }, {}],
    });
    expect(await api.times({ specialization: 'dermatology' })).toEqual({ source: 'index', times: [] });
  });

  it('returns the next times of one clinic from the index, and of several clinics from the database', async () => {
    const api = createApi();
    const { clinicId, doctorIds } = clinic;
    await api.sync();
    const nextTime = { clinicId, startTime: start.toISOString().replace('.000Z', 'Z'), availableDoctors: 2 };
    expect(await api.next({ clinicId, limit: '1' })).toEqual({ source: 'index', times: [nextTime] });
    expect(await api.next({ clinicId })).toEqual({ source: 'index', times: fourTimes });
    const ofDoctor = await api.next({ doctorId: doctorIds[0] ?? '', slots: '4' });
    expect(ofDoctor).toEqual({ source: 'database', times: [{ ...nextTime, availableDoctors: 1 }] });
    expect(await api.next()).toMatchObject({ source: 'database' });
  });

  it('returns the same errors for unknown ids from either source', async () => {
    const api = createApi();
    await api.sync();
    const other = await insertClinic(owner);
    await owner.query('update doctors set active = false where id = $1', [clinic.doctorIds[1]]);
    for (const get of [api.times, api.next]) {
      expect(await get({ clinicId: randomUUID() })).toBe(404);
      for (const doctorId of [randomUUID(), other.doctorIds[0] ?? '', clinic.doctorIds[1] ?? '']) {
        expect(await get({ clinicId: clinic.clinicId, doctorId })).toBe(404);
      }
    }
  });

  it('includes a new doctor at once, and excludes a doctor within a minute after they leave', async () => {
    let now = 0;
    const api = createApi(cache, () => now);
    await api.sync();
    expect((await api.times()).times[0].availableDoctors).toBe(2);
    now += 2_000;
    const newcomer = randomUUID();
    await owner.query(
      `insert into doctors (id, clinic_id, name, email, specialization) values ($1, $2, 'New', 'new@example.com', 'Oncology')`,
      [newcomer, clinic.clinicId],
    );
    await insertSlots(owner, { ...clinic, doctorIds: [newcomer] }, start);
    await api.sync();
    expect(await api.times({ specialization: 'oncology' })).toMatchObject({ source: 'index', times: [{}] });
    expect((await api.times()).times[0].availableDoctors).toBe(3);
    await owner.query('update doctors set active = false where id = $1', [newcomer]);
    now += 61_000;
    expect(await api.times()).toMatchObject({ source: 'index', times: [{ availableDoctors: 2 }, {}, {}, {}] });
  });

  const listCacheErrors = () => lines.filter((line) => line.includes('cache_unavailable'));

  /** Creates an API whose connection to the cache can be broken. */
  async function createSwitchableApi() {
    const proxy = await startTcpProxy({ port: redis?.port });
    onTestFinished(() => proxy.stop());
    const address = { ...(redis?.address ?? Object()), CACHE_PORT: proxy.port };
    // Long enough for a busy machine, and short enough for a test of a cache that does not respond.
    const api = createApi(connectCache(address, { timeoutMilliseconds: 300 }));
    await createApi().sync();
    await expect.poll(() => api.times()).toEqual(fromIndex);
    return { proxy, api };
  }

  it.each(['closeConnections', 'stopResponding'] as const)(
    'is served by the database while the cache is unavailable (%s)',
    async (fault) => {
      const { proxy, api } = await createSwitchableApi();
      proxy[fault]();
      for (let i = 0; i < 40; i++) expect(await api.times()).toEqual(fromDatabase);
      expect(listCacheErrors()).toHaveLength(1);
      proxy.forwardTo(redis?.port ?? 0);
      await expect.poll(() => api.times(), { timeout: 15_000 }).toEqual(fromIndex);
      expect(listCacheErrors()).toHaveLength(1);
    },
  );

  it('is served by the database without a cache', async () => {
    const nowhere = { CACHE_HOST: '127.0.0.1', CACHE_PORT: 1, CACHE_NAME: 'test', CACHE_USER: 'nobody' };
    const api = createApi(connectCache(nowhere));
    for (let i = 0; i < 40; i++) expect(await api.times()).toEqual(fromDatabase);
    expect(listCacheErrors()).toHaveLength(1);
  });

  it('is served by the database after the cache was emptied or lost a key, until the next sync', async () => {
    const api = createApi();
    const operator = await redis?.connectOperator();
    if (!operator) throw new Error('There is no Redis.');
    onTestFinished(() => operator.disconnect());
    const key = `avail:{${clinic.clinicId}}:${start.toISOString().slice(0, 10)}`;
    const dataLosses = [
      () => operator.flushall(),
      () => operator.unlink(key),
      () => operator.unlink(`${key}:state`),
      () => operator.hset(`${key}:state`, '#term', 'another'),
      () => operator.hset(`${key}:state`, '#synced', 0),
    ];
    for (const loseData of dataLosses) {
      await api.sync();
      expect(await api.times()).toEqual(fromIndex);
      await loseData();
      expect(await api.times()).toEqual(fromDatabase);
    }
    expect(listCacheErrors()).toEqual([]);
  });

  it('is served by the database after the cache was replaced by an empty server, until the next sync', async () => {
    const other = await startTestRedis();
    if (!other) throw new Error('There is no second Redis.');
    onTestFinished(() => other.stop());
    const { proxy, api } = await createSwitchableApi();
    proxy.forwardTo(other.port);
    for (let i = 0; i < 10; i++) expect(await api.times()).toEqual(fromDatabase);
    await expect.poll(() => api.sync().catch(() => undefined), { timeout: 15_000 }).toBeGreaterThan(0);
    await expect.poll(() => api.times(), { timeout: 15_000 }).toEqual(fromIndex);
  });
});
