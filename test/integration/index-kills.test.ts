import { afterAll, describe, expect, it, vi } from 'vitest';
import { listUnindexed, markIndexed } from '../../lambdas/outbox/outbox.sql.ts';
import type { relayToIndex } from '../../lambdas/outbox/relay-to-index.ts';
import { killFunctions } from '../support/index-kills.ts';
import { startTestRedis } from '../support/redis.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

const redis = await startTestRedis();
afterAll(() => redis?.stop());

describe.skipIf(!redis)('functions that are killed', () => {
  it('leave an index that equals the database, once the outbox is drained', async () => {
    if (redis) await killFunctions(redis, { killsPerPoint: 3, seed: 1 });
  });

  it('would not, if the relay noted what it has not told', async () => {
    const forgetful: typeof relayToIndex = async ({ db }) => {
      const changes = await listUnindexed(db, '0', 500);
      await markIndexed(
        db,
        changes.map(({ id }) => id),
      );
      return { told: changes.length };
    };
    const trying = redis && killFunctions(redis, { killsPerPoint: 3, seed: 1, relay: forgetful });
    await expect(trying).rejects.toThrow('what the index answers');
  });
});
