import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcess, isSameProcess, type ProcessIdentity, parseProcessIdentity } from './process-identity.mjs';

/** Options of `startServerProcess`. */
export interface ServerProcessOptions {
  /** The name for messages, for example `PostgreSQL`. */
  readonly name: string;
  /** Holds `server.lock`, which records the running server: one server per directory. */
  readonly directory: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The user the server runs as; only root may set it. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Called every few milliseconds with the server's output. */
  readonly isReady: (log: string) => boolean | Promise<boolean>;
  readonly readyTimeoutSeconds: number;
  /** Called when the server ends by itself after it was ready; `reason` includes its last lines of output. */
  readonly onExit?: ((reason: string) => void) | undefined;
}

/** A running server. */
export interface ServerProcess {
  readonly pid: number;
  /** Sends SIGINT, and SIGKILL after ten seconds; resolves when the server has ended. Safe to call twice. */
  stop(): Promise<void>;
}

const MAX_LOG_LENGTH = 20_000;
const STOP_TIMEOUT_SECONDS = 10;

/**
 * Starts a server, waits until it is ready, and ensures that it ends with this process, even if this process is killed.
 * @throws with the server's last lines of output when it does not start or is not ready in time
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { name, directory, command, args, env, user } = options;
  // A separate session: Ctrl-C in the terminal does not reach the server, so this process controls the order of stopping.
  const child = spawn(command, args, { env, ...user, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) {
    const [cause] = await once(child, 'error');
    throw new Error(`${name} did not start: ${cause.message}.`, { cause });
  }
  writeRecord(directory, pid);
  const orphanGuard = startOrphanGuard(pid);

  let log = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      log = (log + chunk).slice(-MAX_LOG_LENGTH);
    });
  }
  // 'close' and not 'exit', because only then has all output arrived.
  const ended = once(child, 'close').then(([code, signal]) => {
    orphanGuard.kill('SIGKILL');
    removeRecord(directory);
    return `${name} ended (${signal ?? `exit code ${code}`}). Its last lines:\n${lastLines(log)}`;
  });
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    child.kill('SIGINT');
    const killTimer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_SECONDS * 1000);
    await ended;
    clearTimeout(killTimer);
  };

  const deadline = Date.now() + options.readyTimeoutSeconds * 1000;
  while (!(await options.isReady(log))) {
    const reason = await Promise.race([ended, sleep(5)]);
    if (reason !== undefined) throw new Error(reason);
    if (Date.now() < deadline) continue;
    await stop();
    throw new Error(`${name} was not ready after ${options.readyTimeoutSeconds} s. Its last lines:\n${lastLines(log)}`);
  }
  ended.then((reason) => {
    if (!isStopping) options.onExit?.(reason);
  });
  return { pid, stop };
}

/**
 * Stops the server that an earlier run left in this directory when it was killed together with its orphan guard.
 * @throws when that run is still alive: two runs must not share a directory
 */
export async function stopLeftoverServer(name: string, directory: string): Promise<void> {
  const path = recordPath(directory);
  if (!existsSync(path)) return;
  const { owner, server } = readRecord(path);
  if (owner && isSameProcess(owner)) {
    throw new Error(`${name} in ${directory} is in use by the running process ${owner.pid}: stop that process first.`);
  }
  if (server && isSameProcess(server)) {
    process.kill(server.pid, 'SIGINT');
    const deadline = Date.now() + STOP_TIMEOUT_SECONDS * 1000;
    while (isSameProcess(server)) {
      if (Date.now() > deadline) process.kill(server.pid, 'SIGKILL');
      await sleep(20);
    }
  }
  removeRecord(directory);
}

/** Starts a shell that waits on a pipe and then stops the server: the kernel closes the pipe when this process ends, even by `kill -9`. */
function startOrphanGuard(pid: number): ChildProcess {
  const orphanGuard = spawn('/bin/sh', ['-c', 'read -r _; kill -s INT "$0"', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  orphanGuard.unref();
  if (orphanGuard.stdin instanceof Socket) orphanGuard.stdin.unref();
  return orphanGuard;
}

const recordPath = (directory: string) => join(directory, 'server.lock');

/** Writes two lines: the identity of this process, and that of the server. */
function writeRecord(directory: string, pid: number): void {
  writeFileSync(recordPath(directory), [process.pid, pid].map((id) => JSON.stringify(findProcess(id))).join('\n'));
}

function removeRecord(directory: string): void {
  rmSync(recordPath(directory), { force: true });
}

function readRecord(path: string): { owner: ProcessIdentity | undefined; server: ProcessIdentity | undefined } {
  const [owner = '', server = ''] = readFileSync(path, 'utf8').split('\n');
  return { owner: parseProcessIdentity(owner), server: parseProcessIdentity(server) };
}

function lastLines(log: string): string {
  return log.trim().split('\n').slice(-6).join('\n');
}
