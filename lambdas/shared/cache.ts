import { Redis, ReplyError } from 'ioredis';
import { createCacheTokenProvider } from './cache-token.ts';
import { circuitBreaker, withTimeout } from './circuit-breaker.ts';
import { logError } from './log.ts';
import { recordMetric } from './metrics.ts';
import { noTrace, type Trace } from './trace.ts';

/** The address of the cache and the user to sign in as, from the environment of a function. */
export interface CacheAddress {
  readonly CACHE_HOST: string;
  readonly CACHE_PORT: number;
  readonly CACHE_NAME: string;
  readonly CACHE_USER: string;
}

/** A connection to the cache that is signed in. */
export type CacheClient = Redis;

/** The cache, which may be unavailable at any time. */
export interface Cache {
  /**
   * Returns the result of `work`, or undefined if the cache is unavailable or slow; the work may have been done all the same. An error
   * that `work` throws counts as a failure of the cache.
   */
  use<T>(work: (client: CacheClient) => Promise<T>): Promise<T | undefined>;
}

interface CacheOptions {
  /** How long a request waits for the cache, including connecting. @default 100 */
  readonly timeoutMilliseconds?: number;
  /** Milliseconds since any fixed point in time. @default - `performance.now` */
  readonly clock?: () => number;
  /** @default - calls are not traced */
  readonly trace?: Trace;
}

/** Longer than a request waits, and connecting continues in the background: a function with little CPU would never connect otherwise. */
const CONNECT_TIMEOUT_MILLISECONDS = 1_000;
/** ElastiCache closes a connection 12 hours after sign-in. */
const MAX_CONNECTION_AGE_MILLISECONDS = 11 * 3_600_000;
const LOG_INTERVAL_MILLISECONDS = 60_000;

/**
 * Returns the function's single connection, which is opened on first use and kept for the lifetime of the instance. It uses TLS, and each
 * new connection gets a fresh token as its password. A connection that failed is closed, because its node may no longer exist. While the
 * cache is unavailable, a circuit breaker lets only an occasional request wait for it.
 */
export function connectCache(
  address: CacheAddress,
  { timeoutMilliseconds = 100, clock = () => performance.now(), trace = noTrace }: CacheOptions = {},
): Cache {
  const createToken = createCacheTokenProvider(address);
  const { run } = circuitBreaker({ timeoutMilliseconds, clock, onFailure });
  let current: Connection | undefined;
  let loggedAt = Number.NEGATIVE_INFINITY;

  return { use: (work) => run(() => trace('Valkey', async () => work(await getClient()))) };

  function getClient(): Promise<Redis> {
    if (current && clock() - current.createdAt > MAX_CONNECTION_AGE_MILLISECONDS) disconnect();
    current ??= trackConnection({ opening: openConnection(address, createToken), createdAt: clock() });
    return current.opening;
  }

  function trackConnection(connection: Connection): Connection {
    const clear = () => {
      if (current === connection) current = undefined;
    };
    connection.opening.then((client) => {
      connection.client = client;
      client.once('end', clear);
    }, clear);
    return connection;
  }

  function disconnect(): void {
    current?.client?.disconnect();
    current = undefined;
  }

  function onFailure(error: unknown): void {
    if (current?.client) disconnect();
    recordMetric('CacheFailures');
    if (clock() - loggedAt < LOG_INTERVAL_MILLISECONDS) return;
    loggedAt = clock();
    logError('cache_unavailable', withoutMessage(error));
  }
}

interface Connection {
  readonly opening: Promise<Redis>;
  readonly createdAt: number;
  /** Once it is open. */
  client?: Redis;
}

async function openConnection(
  { CACHE_HOST, CACHE_PORT, CACHE_USER }: CacheAddress,
  createToken: () => Promise<string>,
) {
  const client = new Redis({
    host: CACHE_HOST,
    port: CACHE_PORT,
    tls: {},
    username: CACHE_USER,
    // A fixed token: ioredis must not reconnect by itself, because it would use an expired one.
    password: await createToken(),
    retryStrategy: null,
    lazyConnect: true,
    enableOfflineQueue: false,
    // The check would cost a round trip, and the cache has no data set to load.
    enableReadyCheck: false,
    disableClientInfo: true,
    // In milliseconds: how long closing may take.
    disconnectTimeout: 100,
  });
  // The reason why connecting failed, which the rejection below does not contain.
  let cause: unknown;
  client.on('error', (error) => (cause ??= error));
  // An idle connection must not keep the process alive.
  client.once('connect', () => client.stream.unref());
  try {
    await withTimeout(CONNECT_TIMEOUT_MILLISECONDS, client.connect());
    return client;
  } catch (error) {
    client.disconnect();
    throw cause ?? error;
  }
}

/** An error reply may quote a command, and so a key that contains an address. Only its first word, the kind of error, is kept. */
function withoutMessage(error: unknown): unknown {
  if (!(error instanceof ReplyError) || !(error instanceof Error)) return error;
  return Object.assign(new Error('The cache rejected a command.'), { code: error.message.split(' ', 1)[0] });
}
