import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whether a user without any rights can reach this folder: every folder above it must let others pass. */
export async function othersMayEnter(folder: string): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
