import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { acquireLock } from '../../process/with-lock.mjs';

interface CacheOptions {
  /** Holds one result, the latest. It may be deleted at any time. */
  readonly cacheFolder: string;
  /** Identifies what the result is made from. */
  readonly fingerprint: string;
  /** Writes the result into an empty folder. */
  readonly create: (folder: string) => Promise<void>;
}

/**
 * Replaces `folder` by a copy of the cached result, which is created first unless the cache has it already. Processes that start at the same
 * time create it once. A failed or interrupted creation leaves nothing in the cache that a later call would use.
 */
export async function copyFromCache(folder: string, { cacheFolder, fingerprint, create }: CacheOptions): Promise<void> {
  const fingerprintFile = `${cacheFolder}.sha256`;
  await mkdir(dirname(cacheFolder), { recursive: true });
  const release = await acquireLock(`${cacheFolder}.lock`, () => undefined);
  try {
    if ((await readIfExists(fingerprintFile)) !== fingerprint) {
      await rm(fingerprintFile, { force: true });
      // A folder of its own, because what a killed process has started may still write into the earlier one.
      for (const unfinished of globSync(`${cacheFolder}-*`)) await rm(unfinished, { recursive: true, force: true });
      const newFolder = await mkdtemp(`${cacheFolder}-`);
      await create(newFolder);
      await rm(cacheFolder, { recursive: true, force: true });
      await rename(newFolder, cacheFolder);
      await writeFile(fingerprintFile, fingerprint);
    }
    await rm(folder, { recursive: true, force: true });
    await cp(cacheFolder, folder, { recursive: true });
  } finally {
    release();
  }
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
