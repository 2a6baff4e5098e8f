import fc from 'fast-check';
import { expect } from 'vitest';
import type { publishToIndex } from '../../../lambdas/outbox/publish-to-index.ts';
import { expectInvariants } from '../database/invariants.ts';
import type { TestRedis } from '../redis/test-redis.ts';
import { openIndexKillEnvironment } from './index-kill-environment.ts';
import { REQUEST_POINTS } from './index-kill-points.ts';
import { killScenario, runKillScenario } from './index-kill-scenario.ts';

interface IndexKillOptions {
  /** The minimum number of kills at each request point; relays are killed in addition. */
  readonly killsPerPoint: number;
  readonly seed: number;
  /** Drains the outbox. @default - the relay's function */
  readonly relay?: typeof publishToIndex;
}

/**
 * Kills real processes while they use a real PostgreSQL and a real Redis. After the outbox is drained, the index must equal the database,
 * and no request may have been executed twice or partially.
 */
export async function runIndexKillRounds(
  redis: TestRedis,
  { killsPerPoint, seed, relay }: IndexKillOptions,
): Promise<void> {
  const environment = await openIndexKillEnvironment(redis, relay);
  const killCounts = new Map<string, number>();
  const killCountAt = (name: string) => killCounts.get(name) ?? 0;
  // Each scenario kills two functions. A function whose cache call timed out does not reach its point, so another scenario covers it.
  const scenarios = fc.sample(killScenario, { seed, numRuns: killsPerPoint * REQUEST_POINTS.length });
  const missingPoints = () => REQUEST_POINTS.filter(({ name }) => killCountAt(name) < killsPerPoint);
  try {
    for (const scenario of scenarios) {
      if (missingPoints().length === 0) break;
      const rarestFirst = REQUEST_POINTS.toSorted((one, other) => killCountAt(one.name) - killCountAt(other.name));
      for (const name of await runKillScenario(environment, rarestFirst.slice(0, 2), scenario))
        killCounts.set(name, killCountAt(name) + 1);
    }
    await expectInvariants(environment.owner);
    console.log(`Processes were killed: ${[...killCounts].map(([name, count]) => `${name}: ${count}`).join('; ')}.`);
    expect(missingPoints().map(({ name }) => name)).toEqual([]);
  } finally {
    await environment.stop();
  }
}
