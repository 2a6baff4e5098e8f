import { afterAll, it, vi } from 'vitest';
import { tryInterleavings } from '../support/interleavings.ts';
import { startTestRedis } from '../support/redis.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

const redis = await startTestRedis();
afterAll(() => redis?.stop());

it.skipIf(!redis)('the index equals the database after 60 interleavings, once the outbox is drained', async () => {
  if (redis) await tryInterleavings(redis, 60, 1);
});
