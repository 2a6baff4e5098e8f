import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isAccessibleToOthers } from './is-accessible-to-others.ts';

/** The data directory of PostgreSQL and the user it runs as. */
export interface PostgresLocation {
  readonly dataDirectory: string;
  /** Set only when this process runs as root, because PostgreSQL refuses to. */
  readonly user: PosixUser | undefined;
  /** The directory for a copy of the programs, if one is needed. */
  readonly copiesDirectory: string;
}

/** A user and group id. */
export interface PosixUser {
  readonly uid: number;
  readonly gid: number;
}

/** The usual unprivileged user on Linux, by number, so that it needs no entry in /etc/passwd. */
const UNPRIVILEGED_USER: PosixUser = { uid: 65534, gid: 65534 };
/** In /var/tmp and not /tmp, because its content survives a reboot. */
const SHARED_DIRECTORY = '/var/tmp/medbook';

/**
 * Returns the location of the data: inside `directory`, or under /var/tmp when this process is root and the server's user has no
 * access to `directory`. The data there belong to `directory` by an id: if `directory` is deleted, a later start deletes them.
 * @throws when the folder under /var/tmp does not belong to root alone
 */
export async function resolvePostgresLocation(directory: string): Promise<PostgresLocation> {
  const ownDataDirectory = join(directory, 'data');
  const user = await findServerUser(ownDataDirectory);
  if (!user) return { dataDirectory: ownDataDirectory, user, copiesDirectory: directory };
  await prepareSharedDirectory();
  const isReachable = user.uid !== UNPRIVILEGED_USER.uid || (await isAccessibleToOthers(directory));
  return {
    dataDirectory: isReachable ? ownDataDirectory : await prepareSharedDataDirectory(directory),
    user,
    copiesDirectory: SHARED_DIRECTORY,
  };
}

/** Returns the owner of existing data, so that data of an ordinary user keep their owner when root starts the server. */
async function findServerUser(dataDirectory: string): Promise<PosixUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (!existsSync(dataDirectory)) return UNPRIVILEGED_USER;
  const { uid, gid } = await stat(dataDirectory);
  return { uid, gid };
}

async function prepareSharedDirectory(): Promise<void> {
  await mkdir(SHARED_DIRECTORY, { recursive: true });
  const { uid, mode } = await lstat(SHARED_DIRECTORY);
  if (uid !== 0 || (mode & 0o022) !== 0) {
    throw new Error(
      `${SHARED_DIRECTORY} must be owned by root and writable by root only: check who created it, then remove it.`,
    );
  }
  await chmod(SHARED_DIRECTORY, 0o711);
}

async function prepareSharedDataDirectory(directory: string): Promise<string> {
  const idPath = join(directory, 'id');
  if (!existsSync(idPath)) await writeFile(idPath, randomUUID());
  const entryDirectory = join(SHARED_DIRECTORY, await readFile(idPath, 'utf8'));
  await mkdir(entryDirectory, { recursive: true });
  // Regardless of the umask.
  await chmod(entryDirectory, 0o711);
  await writeFile(join(entryDirectory, 'origin'), resolve(directory));
  await removeAbandonedData();
  return join(entryDirectory, 'data');
}

/** Deletes the data whose original `directory` was deleted or recreated. */
async function removeAbandonedData(): Promise<void> {
  for (const id of await readdir(SHARED_DIRECTORY)) {
    const entryDirectory = join(SHARED_DIRECTORY, id);
    if (!existsSync(join(entryDirectory, 'origin'))) continue;
    const origin = join(await readFile(join(entryDirectory, 'origin'), 'utf8'), 'id');
    if (existsSync(origin) && (await readFile(origin, 'utf8')) === id) continue;
    await rm(entryDirectory, { recursive: true, force: true });
  }
}
