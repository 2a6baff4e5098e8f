import fc from 'fast-check';
import { expect } from 'vitest';
import { createFreeSlotIndex } from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { connectCache } from '../../../lambdas/shared/cache.ts';
import { openClients } from '../clinic/booking-clients.ts';
import { createDatabase } from '../database/test-database.ts';
import type { TestRedis } from '../redis/test-redis.ts';
import { interleaving, runInterleaving } from './interleaving.ts';

/** Runs `numRuns` interleavings on a real Redis and a real PostgreSQL. The seed determines the actions, and a failing case is shrunk. */
export async function runInterleavings(redis: TestRedis, numRuns: number, seed: number): Promise<void> {
  const database = await createDatabase();
  const owner = await database.connect();
  const operator = await redis.connectOperator();
  const cache = connectCache(redis.address, { timeoutMilliseconds: 5_000 });
  const environment = {
    owner,
    operator,
    patients: await openClients(database, 3),
    relay: database.connectAs('outbox_relay'),
    resync: database.connectAs('resync_index'),
    index: createFreeSlotIndex(cache, { freshSeconds: 600 }),
  };
  let completed = 0;
  try {
    const property = fc.asyncProperty(interleaving, async (functions) => {
      await runInterleaving(environment, functions);
      completed += 1;
      if (completed % 100 === 0)
        console.log(`${completed} of ${numRuns} interleavings: the index equalled the database.`);
    });
    await fc.assert(property, { numRuns, seed });
    expect(completed).toBeGreaterThanOrEqual(numRuns);
  } finally {
    await operator.config('SET', 'maxmemory', '0');
    operator.disconnect();
    await owner.end();
    await database.drop();
  }
}
