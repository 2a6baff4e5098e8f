import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { createFreeSlotIndex } from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { getDayKeys, toUtcDay } from '../../../lambdas/availability/free-slot-index/slot-encoding.ts';
import { createIndexedFreeTimes } from '../../../lambdas/availability/indexed-free-times.ts';
import { updateFreeSlotIndex } from '../../../lambdas/outbox/update-free-slot-index.ts';
import { type CacheAddress, connectCache } from '../../../lambdas/shared/cache.ts';
import { httpHandler } from '../../../lambdas/shared/http/handler.ts';
import { bookForPatient } from '../../support/clinic/booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, startTimeInDays } from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { syncIndex } from '../../support/free-slot-index/sync-index.ts';
import { createApiEvent, createLambdaContext, FUNCTIONS } from '../../support/http/in-process-api.ts';
import { startTcpProxy } from '../../support/proxy/tcp-proxy.ts';
import { startRedisPair } from '../../support/redis/redis-pair.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

let database: TestDatabase;
let owner: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const SLOTS = 6;
const start = startTimeInDays(2);
const [from, to] = [startTimeInDays(1), startTimeInDays(4)];

/** Inserts a clinic of one doctor, and returns functions for it. No response may list a time whose booking was published before the request. */
async function openIndexedClinic() {
  const clinic = await insertClinic(owner, { horizonDays: 5 });
  const slotIds = await insertSlots(owner, clinic, start, SLOTS);
  const [patient = ''] = await insertPatients(owner, 1);
  const db = database.connectAs('patient_api');
  const readerDb = database.connectAs('availability_api');
  let startedBookings = 0;
  const bookedTimes = new Set<string>();
  const [daySetKey] = getDayKeys(clinic.clinicId, toUtcDay(start));

  /** Creates functions that connect to the cache at this address. */
  function createFunctions(address: CacheAddress) {
    const index = createFreeSlotIndex(connectCache(address, { timeoutMilliseconds: 2_000 }), { freshSeconds: 600 });
    const deps = { db: readerDb, indexedFreeTimes: createIndexedFreeTimes({ db: readerDb, index }) };
    const handler = httpHandler({ ...FUNCTIONS.availability_api, deps, corsOrigins: '*' });
    const query = { clinicId: clinic.clinicId, from: from.toISOString(), to: to.toISOString() };
    const event = createApiEvent({ route: 'GET /availability', query });
    return {
      /** Books the next slot and updates the cache, if it is reachable. */
      async bookNextSlot(): Promise<void> {
        startedBookings += 1;
        const { result, changedSlots } = await bookForPatient(db, patient, {
          slotId: slotIds[startedBookings - 1],
        });
        if (result.outcome !== 'done') throw new Error(result.outcome);
        await updateFreeSlotIndex(index, changedSlots);
        bookedTimes.add(result.appointment.startTime);
      },
      /** Requests the free times, and returns their source. */
      async readFreeTimes(): Promise<string> {
        const before = new Set(bookedTimes);
        const { statusCode, body } = Object(await handler(event, createLambdaContext()));
        const { source, times } = JSON.parse(body);
        const free = times.map(({ startTime }: { startTime: string }) => startTime);
        expect({ statusCode, wrong: free.filter((time: string) => before.has(time)) }).toEqual({
          statusCode: 200,
          wrong: [],
        });
        expect(free.length).toBeGreaterThanOrEqual(SLOTS - startedBookings);
        return source;
      },
      reachesCache: async () => (await index.readSyncTimes(clinic.clinicId, [toUtcDay(start)])) !== undefined,
      sync: () => syncIndex(index, owner, clinic.clinicId, from, to),
    };
  }
  return { createFunctions, daySetKey };
}

it('the database serves free times after a failover to an outdated replica, until the next sync', async ({ skip }) => {
  const [first, second] = (await startRedisPair()) ?? skip('There is no Redis.');
  onTestFinished(() => first.stop());
  onTestFinished(() => second.stop());
  const proxy = await startTcpProxy({ port: first.port });
  onTestFinished(() => proxy.stop());
  const { createFunctions, daySetKey } = await openIndexedClinic();
  const address = { ...first.address, CACHE_PORT: proxy.port };
  const [bookingFunction, readingFunction] = [createFunctions(address), createFunctions(address)];
  await bookingFunction.sync();
  expect(await readingFunction.readFreeTimes()).toBe('index');
  await expect.poll(() => second.operator.zcard(daySetKey), { timeout: 5_000 }).toBe(SLOTS);
  second.replicationLink.stopResponding();
  await bookingFunction.bookNextSlot();
  expect(await second.operator.zcard(daySetKey)).toBe(SLOTS);

  const sources: string[] = [];
  let isStopped = false;
  onTestFinished(() => {
    isStopped = true;
  });
  const reader = (async () => {
    while (!isStopped) {
      const source = await readingFunction.readFreeTimes();
      if (source !== sources.at(-1)) sources.push(source);
      await yieldToEvents();
    }
  })();
  await vi.waitFor(() => expect(sources).toEqual(['index']), { timeout: 10_000 });
  await first.kill();
  // This booking is not published.
  await bookingFunction.bookNextSlot();
  await second.promote();
  proxy.forwardTo(second.port);
  for (const { reachesCache } of [bookingFunction, readingFunction])
    await expect.poll(reachesCache, { timeout: 15_000 }).toBe(true);
  expect(await second.operator.zcard(daySetKey)).toBe(SLOTS);
  await bookingFunction.bookNextSlot();
  expect(await second.operator.zcard(daySetKey)).toBe(SLOTS - 1);
  for (let i = 0; i < 20; i += 1) expect(await readingFunction.readFreeTimes()).toBe('database');
  await bookingFunction.sync();
  await expect.poll(readingFunction.readFreeTimes).toBe('index');
  await vi.waitFor(() => expect(sources).toEqual(['index', 'database', 'index']), { timeout: 10_000 });
  isStopped = true;
  await reader;
  expect(sources).toEqual(['index', 'database', 'index']);
  expect(await second.operator.zcard(daySetKey)).toBe(SLOTS - 3);
});

it('the database serves free times after an outdated server becomes primary again, until the next sync', async ({
  skip,
}) => {
  const [first, second] = (await startRedisPair()) ?? skip('There is no Redis.');
  onTestFinished(() => first.stop());
  onTestFinished(() => second.stop());
  const { createFunctions, daySetKey } = await openIndexedClinic();
  // These functions stay connected throughout.
  const onFirst = createFunctions(first.address);
  const onSecond = createFunctions(second.address);
  await onFirst.sync();
  expect(await onFirst.readFreeTimes()).toBe('index');
  await expect.poll(() => second.operator.zcard(daySetKey), { timeout: 5_000 }).toBe(SLOTS);

  await second.promote();
  first.replicationLink.stopResponding();
  await first.replicateFromOther();
  await onSecond.bookNextSlot();
  expect(await onFirst.readFreeTimes()).toBe('database');
  await onSecond.sync();
  expect(await onSecond.readFreeTimes()).toBe('index');

  await first.promote();
  expect(await first.operator.zcard(daySetKey)).toBe(SLOTS);
  await expect.poll(onFirst.reachesCache, { timeout: 15_000 }).toBe(true);
  for (let i = 0; i < 20; i += 1) expect(await onFirst.readFreeTimes()).toBe('database');
  await onFirst.sync();
  expect(await onFirst.readFreeTimes()).toBe('index');
  expect(await first.operator.zcard(daySetKey)).toBe(SLOTS - 1);
});
