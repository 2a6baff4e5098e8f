import type { CacheClient } from '../../shared/cache.ts';
import type { Script } from './scripts.ts';

/** Runs a script in one round trip. A server that does not know it yet is told it. */
export async function runScript(
  client: CacheClient,
  { lua, sha }: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return client.eval(lua, keys.length, ...keys, ...values);
  }
}
