import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import type { LocalState } from '../../../local/system/local-state.ts';
import { type CrashingRedis, startCrashingRedis } from '../redis/crashing-redis.ts';
import { reportMissingRedis } from '../redis/report-missing-redis.ts';
import { findLeftProcesses } from './running-processes.ts';
import { createSystemFolder, startSystemProcess } from './system-process.ts';

/** The state of Redis during the end-to-end tests; a crashing Redis restarts empty. */
export type RedisMode = 'available' | 'none' | 'crashing';

declare module 'vitest' {
  interface ProvidedContext {
    /** The local system that the end-to-end tests call, and its data folder. */
    readonly system: { readonly state: LocalState; readonly folder: string; readonly redis: RedisMode };
  }
}

/** The modes by project name in vitest.config.ts. */
const REDIS_MODES: Readonly<Record<string, RedisMode>> = {
  e2e: 'available',
  'proof-e2e-without-redis': 'none',
  'proof-e2e-with-crashing-redis': 'crashing',
};

/** Starts one local system for all end-to-end tests. Afterwards it must stop cleanly and leave no process running. */
export default async function setup(project: TestProject) {
  const redis = REDIS_MODES[project.name] ?? 'available';
  const folder = await createSystemFolder();
  const crashingRedis = redis === 'crashing' ? await startCrashingRedis(folder, seed) : undefined;
  // All tests call from one address, which would exceed the rate limits.
  const system = startSystemProcess(folder, {
    args: ['--no-rate-limits'],
    env: systemEnvironment(redis, crashingRedis),
  });
  try {
    const state = await system.waitUntilReady();
    if (redis === 'available' && state.redisUrl === null) reportMissingRedis('the local system started without it.');
    project.provide('system', { state, folder, redis: state.redisUrl ? redis : 'none' });
  } catch (error) {
    await system.stop('SIGKILL');
    await crashingRedis?.stop();
    throw error;
  }
  crashingRedis?.startCrashing();
  return async () => {
    const code = await system.stop();
    await crashingRedis?.stop();
    const leftProcesses = await findLeftProcesses(folder, 3_000);
    await rm(folder, { recursive: true });
    if (crashingRedis) console.log(`Redis crashed ${crashingRedis.crashCount()} times (seed ${seed}).`);
    if (code !== 0) throw new Error(`The local system ended with exit code ${code}:\n${system.output()}`);
    if (leftProcesses.length > 0) throw new Error(`The local system left running:\n${leftProcesses.join('\n')}`);
  };
}

const seed = Date.now() % 1_000_000;

// No server listens on port 1.
const systemEnvironment = (redis: RedisMode, crashingRedis: CrashingRedis | undefined): Record<string, string> => {
  if (redis === 'none') return { REDIS_URL: 'rediss://127.0.0.1:1' };
  return crashingRedis ? { REDIS_URL: crashingRedis.url } : {};
};
