import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { freeIndexOn } from '../../lambdas/availability/index/free-index.ts';
import { dayOf, keysOf } from '../../lambdas/availability/index/slots.ts';
import { indexedTimes } from '../../lambdas/availability/indexed-times.ts';
import { tellIndex } from '../../lambdas/outbox/tell-index.ts';
import { type CacheAddress, connectCache } from '../../lambdas/shared/cache.ts';
import { httpHandler } from '../../lambdas/shared/http/handler.ts';
import { eventOf, FUNCTIONS, lambdaContext } from '../support/api.ts';
import { book } from '../support/clients.ts';
import { insertClinic, insertPatients, insertSlots, startInDays } from '../support/clinic.ts';
import { sync } from '../support/free-index.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { startRedisPair } from '../support/redis-pair.ts';
import { switchboard } from '../support/switchboard.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
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
const start = startInDays(2);
const [from, to] = [startInDays(1), startInDays(4)];

/** A clinic of one doctor, and what functions do for it. Each answer about its free times is checked against what was told to be taken before. */
async function openClinic() {
  const clinic = await insertClinic(owner, { horizonDays: 5 });
  const slotIds = await insertSlots(owner, clinic, start, SLOTS);
  const [patient = ''] = await insertPatients(owner, 1);
  const db = database.as('patient_api');
  const readerDb = database.as('availability_api');
  let begun = 0;
  const taken = new Set<string>();
  const [set] = keysOf(clinic.clinicId, dayOf(start));

  /** Functions that find the cache there. */
  function functionsOn(address: CacheAddress) {
    const index = freeIndexOn(connectCache(address, { patienceMilliseconds: 2_000 }), { freshSeconds: 600 });
    const { access, routes } = FUNCTIONS.availability_api;
    const deps = { db: readerDb, indexed: indexedTimes({ db: readerDb, index }) };
    const handler = httpHandler({ access, routes, deps, corsOrigins: '*' });
    const query = { clinicId: clinic.clinicId, from: from.toISOString(), to: to.toISOString() };
    const event = eventOf({ route: 'GET /availability', query });
    return {
      /** Books the next slot and tells the cache, if it is there. */
      async take(): Promise<void> {
        begun += 1;
        const { answer, changed } = await book(db, patient, { slotId: slotIds[begun - 1] });
        if (answer.outcome !== 'done') throw new Error(answer.outcome);
        await tellIndex(index, changed);
        taken.add(answer.appointment.startTime);
      },
      /** Asks for the free times, and answers who knew them. */
      async ask(): Promise<string> {
        const before = new Set(taken);
        const { statusCode, body } = Object(await handler(event, lambdaContext()));
        const { source, times } = JSON.parse(body);
        const free = times.map(({ startTime }: { startTime: string }) => startTime);
        expect({ statusCode, wrong: free.filter((time: string) => before.has(time)) }).toEqual({
          statusCode: 200,
          wrong: [],
        });
        expect(free.length).toBeGreaterThanOrEqual(SLOTS - begun);
        return source;
      },
      reachesCache: async () => (await index.syncs(clinic.clinicId, [dayOf(start)])) !== undefined,
      sync: () => sync(index, owner, clinic.clinicId, from, to),
    };
  }
  return { functionsOn, set };
}

it('the death of the first server, whose follower lacks the last news, is covered by the database until the next sync', async ({
  skip,
}) => {
  const [first, second] = (await startRedisPair()) ?? skip('There is no Redis.');
  onTestFinished(() => first.stop());
  onTestFinished(() => second.stop());
  const board = await switchboard(first.port);
  onTestFinished(() => board.stop());
  const { functionsOn, set } = await openClinic();
  const address = { ...first.address, CACHE_PORT: String(board.port) };
  const [booking, asking] = [functionsOn(address), functionsOn(address)];
  await booking.sync();
  expect(await asking.ask()).toBe('index');
  await first.operator.wait(1, 5_000);
  second.link.fallSilent();
  await booking.take();
  expect(await second.operator.zcard(set)).toBe(SLOTS);

  const sources: string[] = [];
  let over = false;
  onTestFinished(() => {
    over = true;
  });
  const asked = (async () => {
    while (!over) {
      const source = await asking.ask();
      if (source !== sources.at(-1)) sources.push(source);
      await wait(2);
    }
  })();
  await wait(100);
  await first.kill();
  // Nobody hears of this one.
  await booking.take();
  await second.promote();
  board.lead(second.port);
  for (const { reachesCache } of [booking, asking]) await expect.poll(reachesCache, { timeout: 15_000 }).toBe(true);
  expect(await second.operator.zcard(set)).toBe(SLOTS);
  await booking.take();
  expect(await second.operator.zcard(set)).toBe(SLOTS - 1);
  for (let i = 0; i < 20; i += 1) expect(await asking.ask()).toBe('database');
  await booking.sync();
  await expect.poll(asking.ask).toBe('index');
  await wait(100);
  over = true;
  await asked;
  expect(sources).toEqual(['index', 'database', 'index']);
  expect(await second.operator.zcard(set)).toBe(SLOTS - 3);
});

it('a server that is first again has not heard what was told meanwhile, and says nothing until the next sync', async ({
  skip,
}) => {
  const [first, second] = (await startRedisPair()) ?? skip('There is no Redis.');
  onTestFinished(() => first.stop());
  onTestFinished(() => second.stop());
  const { functionsOn, set } = await openClinic();
  // Connected all the time.
  const here = functionsOn(first.address);
  const there = functionsOn(second.address);
  await here.sync();
  expect(await here.ask()).toBe('index');
  await first.operator.wait(1, 5_000);

  await second.promote();
  first.link.fallSilent();
  await first.follow();
  await there.take();
  expect(await here.ask()).toBe('database');
  await there.sync();
  expect(await there.ask()).toBe('index');

  await first.promote();
  expect(await first.operator.zcard(set)).toBe(SLOTS);
  await expect.poll(here.reachesCache, { timeout: 15_000 }).toBe(true);
  for (let i = 0; i < 20; i += 1) expect(await here.ask()).toBe('database');
  await here.sync();
  expect(await here.ask()).toBe('index');
  expect(await first.operator.zcard(set)).toBe(SLOTS - 1);
});
