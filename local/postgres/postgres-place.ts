import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { othersMayEnter } from './others-may-enter.ts';

/** Where PostgreSQL's data lie and as whom it runs. */
export interface PostgresPlace {
  readonly data: string;
  /** Only when we are root, as whom PostgreSQL refuses to run. */
  readonly user: User | undefined;
  /** Where a copy of its programs may lie, if it needs one. */
  readonly copies: string;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` of Linux: a number needs no entry in /etc/passwd. */
const NOBODY: User = { uid: 65534, gid: 65534 };
/** /var/tmp and not /tmp: it outlives a restart of the machine. */
const SHARED = '/var/tmp/medbook';

/**
 * Inside `directory`; but for root in a home that others may not enter, under /var/tmp, bound to `directory` by an id:
 * who removes `directory` gets new data, and the old are removed by the next start.
 * @throws when somebody else prepared the place under /var/tmp.
 */
export async function postgresPlace(directory: string): Promise<PostgresPlace> {
  const inside = join(directory, 'data');
  const user = await serverUser(inside);
  if (!user) return { data: inside, user, copies: directory };
  await prepareShared();
  const reachable = user.uid !== NOBODY.uid || (await othersMayEnter(directory));
  return { data: reachable ? inside : await dataOutside(directory), user, copies: SHARED };
}

/** Data that an ordinary user made before stay theirs when root starts the server. */
async function serverUser(data: string): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (!existsSync(data)) return NOBODY;
  const { uid, gid } = await stat(data);
  return { uid, gid };
}

async function prepareShared(): Promise<void> {
  await mkdir(SHARED, { recursive: true });
  const { uid, mode } = await lstat(SHARED);
  if (uid !== 0 || (mode & 0o022) !== 0) {
    throw new Error(`${SHARED} must belong to root alone, and it does not: see who made it, then remove it.`);
  }
  await chmod(SHARED, 0o711);
}

async function dataOutside(directory: string): Promise<string> {
  const idPath = join(directory, 'id');
  if (!existsSync(idPath)) await writeFile(idPath, randomUUID());
  const place = join(SHARED, await readFile(idPath, 'utf8'));
  await mkdir(place, { recursive: true });
  // Whatever the umask made of it.
  await chmod(place, 0o711);
  await writeFile(join(place, 'origin'), resolve(directory));
  await removeAbandoned();
  return join(place, 'data');
}

/** Those whose `directory` is gone, or has been made anew. */
async function removeAbandoned(): Promise<void> {
  for (const id of await readdir(SHARED)) {
    const place = join(SHARED, id);
    if (!existsSync(join(place, 'origin'))) continue;
    const origin = join(await readFile(join(place, 'origin'), 'utf8'), 'id');
    if (existsSync(origin) && (await readFile(origin, 'utf8')) === id) continue;
    await rm(place, { recursive: true, force: true });
  }
}
