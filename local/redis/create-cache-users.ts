import { Redis } from 'ioredis';

/** A cache user as defined in the templates. */
export interface CacheUser {
  readonly UserName: string;
  /** The permissions, in the syntax of ACL SETUSER. */
  readonly AccessString: string;
}

/** Creates the users, with their permissions and with any password accepted. `ca` is the trusted PEM certificate. @throws when Redis rejects one */
export async function createCacheUsers(url: string, ca: string, users: readonly CacheUser[]): Promise<void> {
  const client = new Redis(url, { tls: { ca }, lazyConnect: true, retryStrategy: null });
  // The promise rejects with the same error; without a listener ioredis would also print it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const { UserName, AccessString } of users)
      await client.acl('SETUSER', UserName, 'reset', 'nopass', ...AccessString.split(' '));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The cache users could not be created in Redis (ACL SETUSER): ${reason}`, { cause });
  } finally {
    client.disconnect();
  }
}
