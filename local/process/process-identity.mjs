// JavaScript with separate types, because the launcher uses it before TypeScript can run.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function findProcess(pid) {
  const started = process.platform === 'linux' ? readStartOnLinux(pid) : readStartWithPs(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isSameProcess({ pid, started }) {
  return findProcess(pid)?.started === started;
}

export function parseProcessIdentity(text) {
  // The text may be incomplete, if the machine lost power during the write.
  const [, pid, started] = /^\{"pid":(\d+),"started":"([^"]+)"\}$/.exec(text) ?? [];
  return pid && started ? { pid: Number(pid), started } : undefined;
}

/** Reads /proc, because small systems have no `ps`. Includes the boot id, because ticks restart with each boot. */
function readStartOnLinux(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Skips the second field, the only one that may contain spaces and parentheses; see proc_pid_stat(5).
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return `${rest[18]} ${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}`;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

function readStartWithPs(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [state, ...start] = stdout.trim().split(/\s+/);
  return !state || state.startsWith('Z') ? undefined : start.join(' ');
}
