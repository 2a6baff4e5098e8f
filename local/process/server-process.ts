import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcess, isSameProcess, type ProcessIdentity, parseProcessIdentity } from './process-identity.mjs';

export interface ServerProcessOptions {
  /** What people call it, for sentences: `PostgreSQL`. */
  readonly name: string;
  /** Keeps who runs here (`server.lock`): one server per directory. */
  readonly directory: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The user it runs as; only root may choose. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Asked every few milliseconds, with what the server has printed. */
  readonly isReady: (log: string) => boolean | Promise<boolean>;
  readonly readySeconds: number;
  /** Once ready it ended although nobody stopped it; the sentence says how and quotes its last lines. */
  readonly onExit?: ((reason: string) => void) | undefined;
}

export interface ServerProcess {
  readonly pid: number;
  /** SIGINT, and SIGKILL after ten seconds. Safe to call twice. */
  stop(): Promise<void>;
}

const LOG_LENGTH = 20_000;
const STOP_SECONDS = 10;

/**
 * Starts a server, waits until it is ready, and makes sure that it never outlives this process, however that ends.
 * @throws a sentence that quotes the server's last lines.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { name, directory, command, args, env, user } = options;
  // A session of its own: Ctrl-C in the terminal reaches us, and we decide in which order things stop.
  const child = spawn(command, args, { env, ...user, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) {
    const [cause] = await once(child, 'error');
    throw new Error(`${name} did not start: ${cause.message}.`, { cause });
  }
  record(directory, pid);
  const guard = guardAgainstOrphans(pid);

  let log = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      log = (log + chunk).slice(-LOG_LENGTH);
    });
  }
  // 'close' and not 'exit': by then its last lines have arrived.
  const ended = once(child, 'close').then(([code, signal]) => {
    guard.kill('SIGKILL');
    forget(directory);
    return `${name} ended (${signal ?? `exit code ${code}`}). Its last lines:\n${lastLines(log)}`;
  });
  let stopping = false;
  const stop = async () => {
    stopping = true;
    child.kill('SIGINT');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
    await ended;
    clearTimeout(impatience);
  };

  const deadline = Date.now() + options.readySeconds * 1000;
  while (!(await options.isReady(log))) {
    const reason = await Promise.race([ended, sleep(5)]);
    if (reason !== undefined) throw new Error(reason);
    if (Date.now() < deadline) continue;
    await stop();
    throw new Error(`${name} was not ready after ${options.readySeconds} s. Its last lines:\n${lastLines(log)}`);
  }
  ended.then((reason) => {
    if (!stopping) options.onExit?.(reason);
  });
  return { pid, stop };
}

/**
 * Stops the server that an earlier run, killed together with its guard, left in this directory.
 * @throws when the run that started it is alive: two runs must not share a directory.
 */
export async function stopLeftoverServer(name: string, directory: string): Promise<void> {
  const path = recordPath(directory);
  if (!existsSync(path)) return;
  const { owner, server } = readRecord(path);
  if (owner && isSameProcess(owner)) {
    throw new Error(`${name} in ${directory} is in use by the running process ${owner.pid}: stop that one first.`);
  }
  if (server && isSameProcess(server)) {
    process.kill(server.pid, 'SIGINT');
    const deadline = Date.now() + STOP_SECONDS * 1000;
    while (isSameProcess(server)) {
      if (Date.now() > deadline) process.kill(server.pid, 'SIGKILL');
      await sleep(20);
    }
  }
  forget(directory);
}

/** A shell that waits at the other end of a pipe: the kernel closes it when we end, also by `kill -9`. */
function guardAgainstOrphans(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -s INT "$0"', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return guard;
}

const recordPath = (directory: string) => join(directory, 'server.lock');

/** One line each: who started the server, and the server. */
function record(directory: string, pid: number): void {
  writeFileSync(recordPath(directory), [process.pid, pid].map((id) => JSON.stringify(findProcess(id))).join('\n'));
}

function forget(directory: string): void {
  rmSync(recordPath(directory), { force: true });
}

function readRecord(path: string): { owner: ProcessIdentity | undefined; server: ProcessIdentity | undefined } {
  const [owner = '', server = ''] = readFileSync(path, 'utf8').split('\n');
  return { owner: parseProcessIdentity(owner), server: parseProcessIdentity(server) };
}

function lastLines(log: string): string {
  return log.trim().split('\n').slice(-6).join('\n');
}
