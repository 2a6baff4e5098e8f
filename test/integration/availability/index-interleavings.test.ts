import { afterAll, it, vi } from 'vitest';
import { runInterleavings } from '../../support/free-slot-index/run-interleavings.ts';
import { startTestRedis } from '../../support/redis/test-redis.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

const redis = await startTestRedis();
afterAll(() => redis?.stop());

it.skipIf(!redis)(
  'the index equals the database after each of 20 interleavings, once the outbox is drained',
  async () => {
    if (redis) await runInterleavings(redis, 20, 1);
  },
);
