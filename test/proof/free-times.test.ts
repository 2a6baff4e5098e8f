import type pg from 'pg';
import { afterAll, beforeAll, it } from 'vitest';
import { createFreeSlotIndex } from '../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { connectCache } from '../../lambdas/shared/cache.ts';
import { checkFreeSlots, checkFreeTimes } from '../support/availability/free-times-model.ts';
import { checkIndexedTimes, checkNextTimes } from '../support/availability/indexed-times-model.ts';
import { createDatabase, type TestDatabase } from '../support/database/test-database.ts';
import { startTestRedis } from '../support/redis/test-redis.ts';

const redis = await startTestRedis();
afterAll(() => redis?.stop());

let database: TestDatabase;
let owner: pg.Client;
let patients: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  patients = await database.connect('patient_api');
});

afterAll(async () => {
  await patients.end();
  await owner.end();
  await database.drop();
});

const createEnvironment = () => ({ owner, patients, availability: database.connectAs('availability_api') });

it('free times equal those of a simple model, and exactly these can be booked, in 200 clinics', () =>
  checkFreeTimes(createEnvironment(), 200));

it('free slots equal those of a simple model, page by page, in 100 clinics', () =>
  checkFreeSlots(createEnvironment(), 100));

it('free times from the index equal those from the database, in 100 clinics', async () => {
  if (!redis) throw new Error('This proof requires Redis.');
  const cache = connectCache(redis.address, { timeoutMilliseconds: 5_000 });
  const index = createFreeSlotIndex(cache, { freshSeconds: 600 });
  await checkIndexedTimes({ owner, db: database.connectAs('availability_api'), index }, 100);
});

it('the next times are the earliest free times of all clinics, in 100 sets of clinics', () =>
  checkNextTimes({ owner, db: database.connectAs('availability_api') }, 100));
