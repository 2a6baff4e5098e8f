import { Redis } from 'ioredis';

/** A user of the cache as a template has them. */
export interface CacheUser {
  readonly UserName: string;
  /** What they may do, in the words of ACL SETUSER. */
  readonly AccessString: string;
}

/** Lets these users sign in, with any password, and do what their templates say. `ca` is trusted. */
export async function admitUsers(url: string, ca: string, users: readonly CacheUser[]): Promise<void> {
  const client = new Redis(url, { tls: { ca }, lazyConnect: true, retryStrategy: null });
  // It comes through the promises as well; without a listener it would be printed.
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const { UserName, AccessString } of users)
      await client.acl('SETUSER', UserName, 'reset', 'nopass', ...AccessString.split(' '));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Redis did not take the users of the cache (ACL SETUSER): ${reason}`, { cause });
  } finally {
    client.disconnect();
  }
}
