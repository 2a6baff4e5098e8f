import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whether an unprivileged user can reach this folder, which needs execute permission for others on it and all its parents. */
export async function isAccessibleToOthers(folder: string): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
