import fc from 'fast-check';
import { expect } from 'vitest';
import { freeIndexOn } from '../../lambdas/availability/index/free-index.ts';
import { connectCache } from '../../lambdas/shared/cache.ts';
import { openClients } from './clients.ts';
import { interleaving, liveThrough } from './interleaving.ts';
import { createDatabase } from './postgres.ts';
import type { TestRedis } from './redis.ts';

/** So many interleavings on a real Redis and a real PostgreSQL; the seed of a failure repeats what was asked, and it is shrunk. */
export async function tryInterleavings(redis: TestRedis, numRuns: number, seed: number): Promise<void> {
  const database = await createDatabase();
  const owner = await database.connect();
  const operator = await redis.operate();
  const cache = connectCache(redis.address, { patienceMilliseconds: 5_000 });
  const stage = {
    owner,
    operator,
    patients: await openClients(database, 3),
    relay: database.as('outbox_relay'),
    resync: database.as('resync_index'),
    index: freeIndexOn(cache, { freshSeconds: 600 }),
  };
  let done = 0;
  try {
    const property = fc.asyncProperty(interleaving, async (functions) => {
      await liveThrough(stage, functions);
      done += 1;
      if (done % 100 === 0) console.log(`${done} of ${numRuns} interleavings: the index was what the database had.`);
    });
    await fc.assert(property, { numRuns, seed });
    expect(done).toBeGreaterThanOrEqual(numRuns);
  } finally {
    await operator.config('SET', 'maxmemory', '0');
    operator.disconnect();
    await owner.end();
    await database.drop();
  }
}
