import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** Waits up to `milliseconds` for the system in `folder` to end; returns its processes that still run. */
export async function findLeftProcesses(folder: string, milliseconds: number): Promise<string[]> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const remaining = await listProcesses(folder);
    if (remaining.length === 0 || Date.now() > deadline) return remaining;
    await wait(50);
  }
}

/**
 * Lists the command lines of the processes that belong to the system in `folder`: their arguments, environment or working
 * directory contain it. Works on Linux only; elsewhere the list is empty.
 */
async function listProcesses(folder: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => describeProcess(pid, folder)));
  return found.filter((line) => line !== undefined);
}

async function describeProcess(pid: string, folder: string): Promise<string | undefined> {
  try {
    const details = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/environ`, 'utf8'),
      readlink(`/proc/${pid}/cwd`),
    ]);
    return details.some((text) => text.includes(folder))
      ? `${pid} ${details[0].replaceAll('\0', ' ').trim()}`
      : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && IGNORED_ERRORS.includes(String(error.code))) return undefined;
    throw error;
  }
}

// The process has ended meanwhile or belongs to another user.
const IGNORED_ERRORS = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'];
