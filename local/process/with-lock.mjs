import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcess, isSameProcess, parseProcessIdentity } from './process-identity.mjs';

const POLL_MILLISECONDS = 200;

/**
 * Does `work` while holding the lock file; waits while a living process holds it. What a killed one left is taken over.
 * @param {string} path of the lock file
 * @param {(heldBy: (pid: number) => void) => Promise<void>} work may name a child that must have ended, too, before
 *   another takes the lock over
 * @param {(pid: number) => void} onWait called once, with the process that is waited for
 */
export async function withLock(path, work, onWait) {
  const release = await takeLock(path, onWait);
  try {
    await work((pid) => renameSync(identityFile(path, pid), path));
  } finally {
    release();
  }
}

/** Takes the lock file as `withLock` does. `onWait` may throw, not to wait. Answers what gives it back. */
export async function takeLock(path, onWait) {
  const mine = identityFile(path, process.pid);
  try {
    await acquire(path, mine, onWait);
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(path, { force: true });
}

async function acquire(path, mine, onWait) {
  for (let waited = false; ; await sleep(POLL_MILLISECONDS)) {
    try {
      // A link and not a fresh file: the lock is never there without its holder's name.
      linkSync(mine, path);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder && isSameProcess(holder)) {
      if (!waited) onWait(holder.pid);
      waited = true;
      continue;
    }
    // Several may do this at once: they put their names one over the other, and after a while the last one stands.
    renameSync(mine, path);
    await sleep(POLL_MILLISECONDS);
    if (readHolder(path)?.pid === process.pid) return;
    identityFile(path, process.pid);
  }
}

function identityFile(path, pid) {
  const file = `${path}.${process.pid}`;
  writeFileSync(file, JSON.stringify(findProcess(pid) ?? {}));
  return file;
}

function readHolder(path) {
  try {
    return parseProcessIdentity(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
