import { accessSync, constants } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { startServerProcess, stopLeftoverServer } from '../process/server-process.ts';
import { withPort } from '../process/with-port.ts';
import { downloadRedis, findDownloadedRedis, type RedisProgram } from './download-redis.ts';
import { isRedisReachable } from './is-redis-reachable.ts';

/** Options of `startRedis`. */
export interface RedisOptions {
  readonly directory: string;
  /** The folder for the downloaded program, which is downloaded only once. */
  readonly cacheDirectory: string;
  readonly tls: { readonly cert: string; readonly certPath: string; readonly keyPath: string };
  /** Cancels the download. */
  readonly signal?: AbortSignal;
  /** Called before a step that takes seconds. */
  readonly onProgress?: (message: string) => void;
  /** Called when the server ends by itself; `reason` includes its last lines of output. */
  readonly onExit?: (reason: string) => void;
}

/** A Redis that the system can use. */
export interface LocalRedis {
  readonly url: string;
  /** The path of the server program, or `REDIS_URL`. */
  readonly source: string;
  stop(): Promise<void>;
}

/** No Redis is available, and the system runs without it; `reason` is a message for the user. */
export interface NoRedis {
  readonly url: undefined;
  readonly reason: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_SECONDS = 10;

/**
 * Starts Redis or Valkey on loopback, with TLS and without persistence. Uses `REDIS_URL` if set; else the first program that
 * starts: from PATH, downloaded earlier, or downloaded now from the distribution's packages. Finding none is not an error.
 */
export async function startRedis(options: RedisOptions): Promise<LocalRedis | NoRedis> {
  const { directory, cacheDirectory, tls, signal, onProgress } = options;
  await mkdir(directory, { recursive: true });
  await stopLeftoverServer('Redis', directory);
  const configuredUrl = process.env.REDIS_URL;
  if (configuredUrl) return useConfiguredRedis(configuredUrl, tls.cert);

  const failures: string[] = [];
  for (const findProgram of [findOnPath, () => findDownloadedRedis(cacheDirectory), download]) {
    try {
      const program = await findProgram();
      if (program) return await startServer(program, options);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return createNoRedis(
    `No Redis available: install valkey-server or redis-server, or set REDIS_URL. ${failures.join(' ')}`,
  );

  async function download(): Promise<RedisProgram> {
    onProgress?.('Downloading Redis from the packages of the distribution (only once) …');
    return downloadRedis(cacheDirectory, signal);
  }
}

async function useConfiguredRedis(url: string, ca: string): Promise<LocalRedis | NoRedis> {
  if (!url.startsWith('rediss:'))
    return createNoRedis('REDIS_URL must start with rediss: because the functions connect only with TLS.');
  if (await isRedisReachable(url, ca)) return { url, source: 'REDIS_URL', stop: async () => {} };
  return createNoRedis(
    `No Redis responds at REDIS_URL (${new URL(url).host}): correct it, or unset it to use a local Redis.`,
  );
}

const createNoRedis = (reason: string): NoRedis => ({ url: undefined, reason, stop: async () => {} });

async function findOnPath(): Promise<RedisProgram | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = ['valkey-server', 'redis-server'].flatMap((name) => folders.map((folder) => join(folder, name)));
  const command = paths.find(isExecutable);
  return command ? { command, libraries: [] } : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function startServer({ command, libraries }: RedisProgram, options: RedisOptions): Promise<LocalRedis> {
  const { directory, tls, onExit } = options;
  const env = { PATH: process.env.PATH, LC_ALL: 'C', LD_LIBRARY_PATH: libraries.join(':') };
  return withPort(undefined, async (port) => {
    const configPath = join(directory, 'redis.conf');
    await writeFile(configPath, buildConfiguration(port, options));
    const url = `rediss://127.0.0.1:${port}`;
    const { stop } = await startServerProcess({
      name: 'Redis',
      directory,
      command,
      args: [configPath],
      env,
      isReady: async (log) => log.includes('Ready to accept connections') && isRedisReachable(url, tls.cert),
      readyTimeoutSeconds: START_TIMEOUT_SECONDS,
      onExit,
    });
    return { url, source: command, stop };
  });
}

function buildConfiguration(port: number, { directory, tls }: RedisOptions): string {
  const file = (path: string) => JSON.stringify(path);
  return [
    'port 0',
    `tls-port ${port}`,
    'bind 127.0.0.1',
    `tls-cert-file ${file(tls.certPath)}`,
    `tls-key-file ${file(tls.keyPath)}`,
    `tls-ca-cert-file ${file(tls.certPath)}`,
    'tls-auth-clients no',
    `dir ${file(directory)}`,
    'save ""',
    'appendonly no',
    'maxmemory-policy noeviction',
    'user default on nopass ~* &* +@all',
  ].join('\n');
}
