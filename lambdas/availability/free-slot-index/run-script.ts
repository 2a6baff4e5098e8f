import { createHash } from 'node:crypto';
import type { CacheClient } from '../../shared/cache.ts';
import lua from './free-slot-index.lua';

/** The Lua script of the index, and the SHA-1 by which Redis caches it. */
export const SCRIPT = { lua, sha: createHash('sha1').update(lua).digest('hex') } as const;

/** Runs an operation of `free-slot-index.lua` in one round trip. Sends the script to a server that has not cached it yet. */
export async function runScript(
  client: CacheClient,
  operation: 'apply' | 'begin' | 'merge' | 'read' | 'syncs',
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(SCRIPT.sha, keys.length, ...keys, operation, ...values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return client.eval(SCRIPT.lua, keys.length, ...keys, operation, ...values);
  }
}
