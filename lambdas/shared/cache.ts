import { Redis, ReplyError } from 'ioredis';
import { cacheTokens } from './cache-token.ts';
import { circuit, within } from './circuit.ts';
import { logError } from './log.ts';
import { count } from './metrics.ts';
import { type Trace, untraced } from './trace.ts';

/** Where the cache is and as whom to sign in: the part of a function's environment that says so. */
export interface CacheAddress {
  readonly CACHE_HOST: string;
  readonly CACHE_PORT: string;
  readonly CACHE_NAME: string;
  readonly CACHE_USER: string;
}

/** A connection that is signed in. */
export type CacheClient = Redis;

/** The cache as requests see it: a part that may be away at any time. */
export interface Cache {
  /**
   * What the work came to, or undefined when the cache is away or slow; the work may have been done all the same. What it throws
   * counts as a failure of the cache.
   */
  use<T>(work: (client: CacheClient) => Promise<T>): Promise<T | undefined>;
}

interface CacheOptions {
  /** How long a request waits for the cache, for connecting too. @default 100 */
  readonly patienceMilliseconds?: number;
  /** Milliseconds from anywhere. @default - the process's own */
  readonly clock?: () => number;
  /** @default - nobody is told of what is asked */
  readonly trace?: Trace;
}

/** Connecting goes on behind a request that waits no longer: a function short of processor would never get there otherwise. */
const CONNECT_MILLISECONDS = 1_000;
/** ElastiCache itself ends a connection 12 hours after its token. */
const RENEW_MILLISECONDS = 11 * 3_600_000;
const TELL_MILLISECONDS = 60_000;

/**
 * The function's one connection, made when first needed and kept while the instance lives: TLS, and a fresh token as the password
 * of each new connection. One that has failed is given up, because it may lead to a node that is no more. A cache that is away
 * costs one request in some seconds a moment, and the others nothing; when it is back, so are we.
 */
export function connectCache(
  address: CacheAddress,
  { patienceMilliseconds = 100, clock = () => performance.now(), trace = untraced }: CacheOptions = {},
): Cache {
  const newToken = cacheTokens(address);
  const { run } = circuit({ patienceMilliseconds, clock, onFailure });
  let kept: Connection | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  return { use: (work) => run(() => trace('Valkey', async () => work(await connected()))) };

  function connected(): Promise<Redis> {
    if (kept && clock() - kept.since > RENEW_MILLISECONDS) giveUp();
    kept ??= keep({ opening: open(address, newToken), since: clock() });
    return kept.opening;
  }

  function keep(connection: Connection): Connection {
    const forget = () => {
      if (kept === connection) kept = undefined;
    };
    connection.opening.then((client) => {
      connection.client = client;
      client.once('end', forget);
    }, forget);
    return connection;
  }

  function giveUp(): void {
    kept?.client?.disconnect();
    kept = undefined;
  }

  function onFailure(error: unknown): void {
    if (kept?.client) giveUp();
    count('CacheFailures');
    if (clock() - toldAt < TELL_MILLISECONDS) return;
    toldAt = clock();
    logError('cache_unavailable', withoutText(error));
  }
}

interface Connection {
  readonly opening: Promise<Redis>;
  readonly since: number;
  /** Once it is open. */
  client?: Redis;
}

async function open({ CACHE_HOST, CACHE_PORT, CACHE_USER }: CacheAddress, newToken: () => Promise<string>) {
  const client = new Redis({
    host: CACHE_HOST,
    port: Number(CACHE_PORT),
    tls: {},
    username: CACHE_USER,
    // Taken once, so ioredis could sign in again with nothing but an old token: it may not reconnect by itself.
    password: await newToken(),
    retryStrategy: null,
    lazyConnect: true,
    enableOfflineQueue: false,
    // It has no disk to load from, and a wait for INFO would be one more.
    enableReadyCheck: false,
    disableClientInfo: true,
    // For how long a farewell waits for an answer.
    disconnectTimeout: 100,
  });
  // Says why a connection could not be made, which the rejection below does not.
  let cause: unknown;
  client.on('error', (error) => (cause ??= error));
  // An idle connection is no reason for a process to go on.
  client.once('connect', () => client.stream.unref());
  try {
    await within(CONNECT_MILLISECONDS, client.connect());
    return client;
  } catch (error) {
    client.disconnect();
    throw cause ?? error;
  }
}

/** The cache may quote a command in its refusal, and with it a key that holds an address. The first word says what kind it is. */
function withoutText(error: unknown): unknown {
  if (!(error instanceof ReplyError) || !(error instanceof Error)) return error;
  return Object.assign(new Error('The cache refused a command.'), { code: error.message.split(' ', 1)[0] });
}
