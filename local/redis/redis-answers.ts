import { Redis } from 'ioredis';

/** Whether a Redis answers there. `ca` is trusted for a `rediss:` address. Takes two seconds at most. */
export async function redisAnswers(url: string, ca: string): Promise<boolean> {
  const client = new Redis(url, {
    ...(url.startsWith('rediss:') && { tls: { ca } }),
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: 2000,
  });
  // The refusal comes through the promise as well; without a listener it would be printed.
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
