// JavaScript, with its types beside it: the launcher needs it before TypeScript can run.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function findProcess(pid) {
  const started = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isSameProcess({ pid, started }) {
  return findProcess(pid)?.started === started;
}

export function parseProcessIdentity(text) {
  // A machine that lost power while it was written leaves less than all of it.
  const [, pid, started] = /^\{"pid":(\d+),"started":"([^"]+)"\}$/.exec(text) ?? [];
  return pid && started ? { pid: Number(pid), started } : undefined;
}

/** From /proc, because small systems have no `ps`. The boot is part of it: ticks begin again with each. */
function startOnLinux(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // After the second field, the only one that may hold spaces and brackets; see proc_pid_stat(5).
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return `${rest[18]} ${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}`;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

function startByPs(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [state, ...start] = stdout.trim().split(/\s+/);
  return !state || state.startsWith('Z') ? undefined : start.join(' ');
}
