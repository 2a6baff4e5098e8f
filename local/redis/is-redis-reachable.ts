import { Redis } from 'ioredis';

/** Whether a Redis at `url` responds to PING. `ca` is the trusted PEM certificate for a `rediss:` URL. Connecting times out after two seconds. */
export async function isRedisReachable(url: string, ca: string): Promise<boolean> {
  const client = new Redis(url, {
    ...(url.startsWith('rediss:') && { tls: { ca } }),
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: 2000,
  });
  // The promise rejects with the same error; without a listener ioredis would also print it.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
