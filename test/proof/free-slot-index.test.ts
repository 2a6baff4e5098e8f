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

it('a drained index equals the database after late, repeated, missing and lost changes, 1,000 times', async () => {
  if (!redis) throw new Error('This proof requires Redis.');
  await runInterleavings(redis, 1_000, seed);
});

it('a drained index equals the database after a function is killed anywhere between commit and index, 240 times', async () => {
  if (!redis) throw new Error('This proof requires Redis.');
  await runIndexKillRounds(redis, { killsPerPoint: 30, seed });
});
