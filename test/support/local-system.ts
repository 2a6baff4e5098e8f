import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import type { LocalState } from '../../local/state.ts';
import { type DyingRedis, startDyingRedis } from './dying-redis.ts';
import { leftAfter } from './processes.ts';
import { launchSystem, systemFolder } from './system-process.ts';

/** What becomes of Redis while the end-to-end tests run: it is there, there is none, or it dies now and then and comes back empty. */
export type RedisFate = 'there' | 'none' | 'dying';

declare module 'vitest' {
  interface ProvidedContext {
    /** The local system that the end-to-end tests call, and the folder where it keeps its things. */
    readonly system: { readonly state: LocalState; readonly folder: string; readonly redis: RedisFate };
  }
}

/** By the names of the projects in vitest.config.ts. */
const FATES: Readonly<Record<string, RedisFate>> = {
  e2e: 'there',
  'proof-e2e-without-redis': 'none',
  'proof-e2e-with-dying-redis': 'dying',
};

/** One whole system for all end-to-end tests. At their end it must stop by itself and leave no process behind. */
export default async function setup(project: TestProject) {
  const redis = FATES[project.name] ?? 'there';
  const folder = await systemFolder();
  const dying = redis === 'dying' ? await startDyingRedis(folder, seed) : undefined;
  // The tests are all one caller, who asks and books more than one may.
  const system = launchSystem(folder, { args: ['--no-rate-limits'], env: environmentOf(redis, dying) });
  try {
    const state = await system.ready();
    project.provide('system', { state, folder, redis: state.redisUrl ? redis : 'none' });
  } catch (error) {
    await system.stop('SIGKILL');
    await dying?.stop();
    throw error;
  }
  dying?.letDie();
  return async () => {
    const code = await system.stop();
    await dying?.stop();
    const left = await leftAfter(folder, 3_000);
    await rm(folder, { recursive: true });
    if (dying) console.log(`Redis died ${dying.deaths()} times (seed ${seed}).`);
    if (code !== 0) throw new Error(`The local system ended with exit code ${code}:\n${system.output()}`);
    if (left.length > 0) throw new Error(`The local system left running:\n${left.join('\n')}`);
  };
}

const seed = Date.now() % 1_000_000;

// Nobody listens on port 1.
const environmentOf = (redis: RedisFate, dying: DyingRedis | undefined): Record<string, string> => {
  if (redis === 'none') return { REDIS_URL: 'rediss://127.0.0.1:1' };
  return dying ? { REDIS_URL: dying.url } : {};
};
