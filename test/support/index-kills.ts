import fc from 'fast-check';
import { expect } from 'vitest';
import type { relayToIndex } from '../../lambdas/outbox/relay-to-index.ts';
import { deaths, liveThroughDeaths } from './index-deaths.ts';
import { expectSound } from './invariants.ts';
import { REQUEST_POINTS } from './kill-points.ts';
import { openKillStage } from './kill-stage.ts';
import type { TestRedis } from './redis.ts';

interface Kills {
  /** At each point at which a function can die that does what a patient asks for; relays die besides. */
  readonly killsPerPoint: number;
  readonly seed: number;
  /** What drains the outbox. @default - the relay's own */
  readonly relay?: typeof relayToIndex;
}

/**
 * Kills real processes on their ways to a real PostgreSQL and a real Redis. Once the outbox is drained, the index must be what the database has,
 * and nothing may have been done twice or by halves.
 */
export async function killFunctions(redis: TestRedis, { killsPerPoint, seed, relay }: Kills): Promise<void> {
  const stage = await openKillStage(redis, relay);
  const deathsAt = new Map<string, number>();
  const countAt = (name: string) => deathsAt.get(name) ?? 0;
  // Two die in each; who was too slow for the cache did not come to its point, and another one does.
  const attempts = fc.sample(deaths, { seed, numRuns: killsPerPoint * REQUEST_POINTS.length });
  const missing = () => REQUEST_POINTS.filter(({ name }) => countAt(name) < killsPerPoint);
  try {
    for (const given of attempts) {
      if (missing().length === 0) break;
      const rarestFirst = REQUEST_POINTS.toSorted((one, other) => countAt(one.name) - countAt(other.name));
      for (const name of await liveThroughDeaths(stage, rarestFirst.slice(0, 2), given))
        deathsAt.set(name, countAt(name) + 1);
    }
    await expectSound(stage.owner);
    console.log(`Processes died ${[...deathsAt].map(([name, count]) => `${name}: ${count}`).join('; ')}.`);
    expect(missing().map(({ name }) => name)).toEqual([]);
  } finally {
    await stage.stop();
  }
}
