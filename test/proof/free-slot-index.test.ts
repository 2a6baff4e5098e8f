import { afterAll, it, vi } from 'vitest';
import { runInterleavings } from '../support/free-slot-index/run-interleavings.ts';
import { runIndexKillRounds } from '../support/kills/index-kill-rounds.ts';
import { startTestRedis } from '../support/redis/test-redis.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

const redis = await startTestRedis();
afterAll(() => redis?.stop());
const seed = Number(process.env.INTERLEAVING_SEED ?? 20_301_231);

it('whatever is told late, twice or never, and lost: a drained index equals the database, 1,000 times', async () => {
  if (!redis) throw new Error('This proof needs a Redis.');
  await runInterleavings(redis, 1_000, seed);
});

it('wherever functions are killed between commit and index: a drained index equals the database, 240 times', async () => {
  if (!redis) throw new Error('This proof needs a Redis.');
  await runIndexKillRounds(redis, { killsPerPoint: 30, seed });
});
