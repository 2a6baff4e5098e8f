import { afterAll, describe, expect, it, vi } from 'vitest';
import { listUnindexedChanges, markIndexed } from '../../../lambdas/outbox/outbox.sql.ts';
import type { publishToIndex } from '../../../lambdas/outbox/publish-to-index.ts';
import { runIndexKillRounds } from '../../support/kills/index-kill-rounds.ts';
import { startTestRedis } from '../../support/redis/test-redis.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

const redis = await startTestRedis();
afterAll(() => redis?.stop());

describe.skipIf(!redis)('after functions are killed and the outbox is drained, the index', () => {
  it('equals the database', async () => {
    if (redis) await runIndexKillRounds(redis, { killsPerPoint: 1, seed: 1 });
  });

  it('differs from the database if the relay marks changes as indexed without publishing them', async () => {
    const relayWithoutPublishing: typeof publishToIndex = async ({ db }) => {
      const changes = await listUnindexedChanges(db, '0', 500);
      await markIndexed(
        db,
        changes.map(({ id }) => id),
      );
      return { published: changes.length };
    };
    const rounds = redis && runIndexKillRounds(redis, { killsPerPoint: 3, seed: 1, relay: relayWithoutPublishing });
    await expect(rounds).rejects.toThrow('the slots of the index');
  });
});
