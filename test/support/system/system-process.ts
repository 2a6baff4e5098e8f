import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type LocalState, readState } from '../../../local/system/local-state.ts';

/** The local system in a process of its own, as `npm start` runs it. */
export interface SystemProcess {
  readonly pid: number;
  /** All that it has printed so far. */
  output(): string;
  /** Waits until the output says so. @throws with the output when the process ends before, or takes too long */
  waitForOutput(text: string): Promise<void>;
  /** Waits until everything answers. @throws as `says` does */
  waitUntilReady(): Promise<LocalState>;
  /** The exit code, or null after a signal that it did not handle. @throws after 15 s, having killed it */
  waitForExit(): Promise<number | null>;
  /** Sends the signal and waits as `ended` does. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

interface Options {
  readonly args?: readonly string[];
  /** Of the API; a free one when absent. */
  readonly port?: number;
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const READY_SECONDS = 120;
const END_SECONDS = 15;

/** A folder for a system's data, in which PostgreSQL's user may enter when root runs the tests. */
export async function createSystemFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'medbook-e2e-'));
  await chmod(folder, 0o711);
  return folder;
}

/** Starts a system whose things are in `folder`. */
export function startSystemProcess(folder: string, { args = [], port = 0, env = {} }: Options = {}): SystemProcess {
  const child = spawn(process.execPath, ['local/start.ts', ...args], {
    cwd: PROJECT,
    // The packages were installed for the tests, not by this start.
    env: { ...process.env, ...env, INSTALL_MILLISECONDS: '0', MEDBOOK_FOLDER: folder, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  // 'close' and not 'exit': by then its last lines have arrived.
  const exit: Promise<number | null> = once(child, 'close').then(([code]) => code);
  let running = true;
  exit.finally(() => (running = false));

  const system: SystemProcess = {
    pid: child.pid ?? 0,
    output: () => output,
    async waitForOutput(text) {
      const deadline = Date.now() + READY_SECONDS * 1000;
      while (!output.includes(text)) {
        if (!running) throw new Error(`The local system ended before it said "${text}":\n${output}`);
        if (Date.now() > deadline)
          throw new Error(`The local system did not say "${text}" within ${READY_SECONDS} s:\n${output}`);
        await wait(50);
      }
    },
    async waitUntilReady() {
      await system.waitForOutput('Ready after');
      return readState(folder);
    },
    async waitForExit() {
      let timedOut = false;
      const killTimer = setTimeout(() => {
        timedOut = true;
        child.kill('SIGKILL');
      }, END_SECONDS * 1000);
      const code = await exit;
      clearTimeout(killTimer);
      if (timedOut) throw new Error(`The local system did not end within ${END_SECONDS} s:\n${output}`);
      return code;
    },
    async stop(signal = 'SIGINT') {
      child.kill(signal);
      return system.waitForExit();
    },
  };
  return system;
}
