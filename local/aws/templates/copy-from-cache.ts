import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { acquireLock } from '../../process/with-lock.mjs';

interface CacheOptions {
  /** Holds one result, the latest. It may be deleted at any time. */
  readonly cacheFolder: string;
  /** Returns what identifies the sources of the result. Called again after `create`: they may have changed meanwhile. */
  readonly getFingerprint: () => Promise<string>;
  /** Writes the result into an empty folder. */
  readonly create: (folder: string) => Promise<void>;
}

/**
 * Replaces `folder` by a copy of the cached result, which is created first unless the cache has it already. Processes that start at the same
 * time create it once; within one process, calls must not overlap. Nothing in the cache is used after a creation that failed, was
 * interrupted, or had sources that changed meanwhile.
 */
export async function copyFromCache(
  folder: string,
  { cacheFolder, getFingerprint, create }: CacheOptions,
): Promise<void> {
  const fingerprintFile = `${cacheFolder}.sha256`;
  await mkdir(dirname(cacheFolder), { recursive: true });
  const release = await acquireLock(`${cacheFolder}.lock`, () => undefined);
  try {
    const fingerprint = await getFingerprint();
    if ((await readIfExists(fingerprintFile)) !== fingerprint) {
      await rm(fingerprintFile, { force: true });
      // A folder of its own, because what a killed process has started may still write into the earlier one.
      for (const unfinished of await listUnfinished(cacheFolder))
        await rm(unfinished, { recursive: true, force: true });
      const newFolder = await mkdtemp(`${cacheFolder}-`);
      await create(newFolder);
      await rm(cacheFolder, { recursive: true, force: true });
      await rename(newFolder, cacheFolder);
      if ((await getFingerprint()) === fingerprint) await writeFile(fingerprintFile, fingerprint);
    }
    await rm(folder, { recursive: true, force: true });
    await cp(cacheFolder, folder, { recursive: true });
  } finally {
    release();
  }
}

async function listUnfinished(cacheFolder: string): Promise<string[]> {
  const parent = dirname(cacheFolder);
  const names = await readdir(parent);
  return names.filter((name) => name.startsWith(`${basename(cacheFolder)}-`)).map((name) => join(parent, name));
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
