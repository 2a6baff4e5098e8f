import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcess, isSameProcess, parseProcessIdentity } from './process-identity.mjs';

const POLL_MILLISECONDS = 200;

/**
 * Runs `work` while holding the lock file, as `acquireLock` does.
 * @param {string} path of the lock file
 * @param {(setHolder: (pid: number) => void) => Promise<void>} work may call `setHolder` with a child's id: if this process
 *   dies, the lock is taken over only when that child has ended
 * @param {(pid: number) => void} onWait called once, with the id of the process that holds the lock
 */
export async function withLock(path, work, onWait) {
  const release = await acquireLock(path, onWait);
  try {
    await work((pid) => renameSync(identityFile(path, pid), path));
  } finally {
    release();
  }
}

export async function acquireLock(path, onWait) {
  const ownFile = identityFile(path, process.pid);
  try {
    await acquire(path, ownFile, onWait);
  } finally {
    rmSync(ownFile, { force: true });
  }
  return () => rmSync(path, { force: true });
}

async function acquire(path, ownFile, onWait) {
  for (let waited = false; ; await sleep(POLL_MILLISECONDS)) {
    try {
      // A hard link and not a new file, so that the lock never exists without its holder's identity.
      linkSync(ownFile, path);
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
    // Several processes may take over at once, each overwriting the file: after the delay, the last writer holds the lock.
    renameSync(ownFile, path);
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
