import { accessSync, constants } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { startServerProcess, stopLeftoverServer } from '../process/server-process.ts';
import { withPort } from '../process/with-port.ts';
import { type FetchedServer, fetchedRedis, fetchRedis } from './fetch-redis.ts';
import { redisAnswers } from './redis-answers.ts';

export interface RedisOptions {
  readonly directory: string;
  /** Where a fetched copy is kept, so that it is fetched once. */
  readonly cacheDirectory: string;
  readonly tls: { readonly cert: string; readonly certPath: string; readonly keyPath: string };
  /** Ends the fetching early. */
  readonly signal?: AbortSignal;
  /** Told before something that takes seconds. */
  readonly onProgress?: (sentence: string) => void;
  readonly onExit?: (reason: string) => void;
}

export interface LocalRedis {
  readonly url: string;
  /** The program that serves, or `REDIS_URL`. */
  readonly source: string;
  stop(): Promise<void>;
}

/** There is none, and the system runs without; `reason` is a sentence for people. */
export interface NoRedis {
  readonly url: undefined;
  readonly reason: string;
  stop(): Promise<void>;
}

const START_SECONDS = 10;

/**
 * Starts Redis or Valkey on loopback, with TLS, keeping nothing on disk: the one of `REDIS_URL`, of the PATH, fetched
 * earlier, or fetched now from the distribution's packages. The first that answers is taken; none is no error.
 */
export async function startRedis(options: RedisOptions): Promise<LocalRedis | NoRedis> {
  const { directory, cacheDirectory, tls, signal, onProgress } = options;
  await mkdir(directory, { recursive: true });
  await stopLeftoverServer('Redis', directory);
  const given = process.env.REDIS_URL;
  if (given) return useGiven(given, tls.cert);

  const refusals: string[] = [];
  for (const find of [onPath, () => fetchedRedis(cacheDirectory), fetchNow]) {
    try {
      const program = await find();
      if (program) return await serve(program, options);
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  return none(`There is no Redis: install valkey-server or redis-server, or set REDIS_URL. ${refusals.join(' ')}`);

  async function fetchNow(): Promise<FetchedServer> {
    onProgress?.('Fetching Redis from the packages of the distribution, once …');
    return fetchRedis(cacheDirectory, signal);
  }
}

async function useGiven(url: string, ca: string): Promise<LocalRedis | NoRedis> {
  if (!url.startsWith('rediss:'))
    return none('The REDIS_URL must start with rediss: because the functions speak nothing but TLS.');
  if (await redisAnswers(url, ca)) return { url, source: 'REDIS_URL', stop: async () => {} };
  return none(`Nothing answers at the REDIS_URL ${new URL(url).host}: correct it, or unset it to use a local one.`);
}

const none = (reason: string): NoRedis => ({ url: undefined, reason, stop: async () => {} });

async function onPath(): Promise<FetchedServer | undefined> {
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

async function serve({ command, libraries }: FetchedServer, options: RedisOptions): Promise<LocalRedis> {
  const { directory, tls, onExit } = options;
  const env = { PATH: process.env.PATH, LC_ALL: 'C', LD_LIBRARY_PATH: libraries.join(':') };
  return withPort(undefined, async (port) => {
    const settings = join(directory, 'redis.conf');
    await writeFile(settings, configuration(port, options));
    const url = `rediss://127.0.0.1:${port}`;
    const { stop } = await startServerProcess({
      name: 'Redis',
      directory,
      command,
      args: [settings],
      env,
      isReady: async (log) => log.includes('Ready to accept connections') && redisAnswers(url, tls.cert),
      readySeconds: START_SECONDS,
      onExit,
    });
    return { url, source: command, stop };
  });
}

function configuration(port: number, { directory, tls }: RedisOptions): string {
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
