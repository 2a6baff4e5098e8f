import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { findDownloadedRedis } from '../../../local/redis/download-redis.ts';
import { isRedisReachable } from '../../../local/redis/is-redis-reachable.ts';
import { startRedis } from '../../../local/redis/redis.ts';
import { CACHE_FOLDER } from '../../../local/system/local-state.ts';
import { ensureLocalCertificate } from '../../../local/tls/local-certificate.ts';

/** A Redis server that is killed and restarted repeatedly. */
export interface CrashingRedis {
  readonly url: string;
  /** Starts to kill the server (SIGKILL) at random intervals and to restart it, empty, shortly after. */
  startCrashing(): void;
  /** Returns the number of crashes so far. */
  crashCount(): number;
  stop(): Promise<void>;
}

/** Starts a Redis with its files in `folder` and the certificate of the local system there. The seed determines the crash times. */
export async function startCrashingRedis(folder: string, seed: number): Promise<CrashingRedis> {
  const directory = join(folder, 'crashing-redis');
  const tls = await ensureLocalCertificate(join(folder, 'tls'));
  const cacheDirectory = join(CACHE_FOLDER, 'redis');
  // The first start, as the local system does it, finds the program and a port and writes the settings.
  const first = await startRedis({ directory, cacheDirectory, tls });
  if (first.url === undefined) throw new Error(first.reason);
  const { url, source: command } = first;
  await first.stop();
  const settings = join(directory, 'redis.conf');
  const fetched = await findDownloadedRedis(cacheDirectory);
  const libraries = fetched?.command === command ? fetched.libraries : [];
  const env = { PATH: process.env.PATH, LC_ALL: 'C', LD_LIBRARY_PATH: libraries.join(':') };
  const stopping = new AbortController();
  const intervals = fc.sample(
    fc.record({ uptime: fc.integer({ min: 2_000, max: 8_000 }), downtime: fc.integer({ min: 200, max: 2_500 }) }),
    { seed, numRuns: 1_000 },
  );
  let crashing: Promise<void> = Promise.resolve();
  let crashes = 0;
  let server = await start();
  return {
    url,
    startCrashing: () => {
      crashing = crashRepeatedly();
    },
    crashCount: () => crashes,
    stop: async () => {
      stopping.abort();
      await crashing;
      await kill(server);
    },
  };

  async function start(): Promise<ChildProcess> {
    const child = spawn(command, [settings], { env, stdio: 'ignore' });
    while (!(await isRedisReachable(url, tls.cert))) await wait(20);
    return child;
  }

  async function crashRepeatedly(): Promise<void> {
    // The users that the system created exist again after a restart, as in ElastiCache.
    const operator = new Redis(url, { tls: { ca: tls.cert }, retryStrategy: null });
    const users = (await operator.call('ACL', 'LIST')) as string[];
    operator.disconnect();
    await appendFile(settings, `\n${users.filter((line) => !line.startsWith('user default ')).join('\n')}\n`);
    for (const { uptime, downtime } of intervals) {
      await sleep(uptime);
      if (stopping.signal.aborted) return;
      await kill(server);
      crashes += 1;
      await sleep(downtime);
      server = await start();
    }
  }

  async function sleep(milliseconds: number): Promise<void> {
    await wait(milliseconds, undefined, { signal: stopping.signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }
}

async function kill(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}
