import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type LocalState, readState } from '../../../local/system/local-state.ts';

/** The local system in a separate process, as `npm start` runs it. */
export interface SystemProcess {
  readonly pid: number;
  /** Returns the output so far. */
  output(): string;
  /** Waits until the output contains the text. @throws with the output if the process ends first or the timeout passes */
  waitForOutput(text: string): Promise<void>;
  /** Waits until the system is ready. @throws as `waitForOutput` does */
  waitUntilReady(): Promise<LocalState>;
  /** Returns the exit code, or null after an unhandled signal. @throws after 15 s, after killing the process */
  waitForExit(): Promise<number | null>;
  /** Sends the signal and waits as `waitForExit` does. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

interface Options {
  readonly args?: readonly string[];
  /** The API's port. @default - a free port */
  readonly port?: number;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const READY_SECONDS = 120;
const END_SECONDS = 15;

/** Creates a folder for a system's data. PostgreSQL's user can access it when root runs the tests. */
export async function createSystemFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'medbook-e2e-'));
  await chmod(folder, 0o711);
  return folder;
}

/** Starts a local system with its data in `folder`. */
export function startSystemProcess(folder: string, { args = [], port = 0, env = {} }: Options = {}): SystemProcess {
  const child = spawn(process.execPath, ['local/start.ts', ...args], {
    cwd: PROJECT,
    // The packages were installed before the tests, not by this start.
    env: { ...process.env, ...env, INSTALL_MILLISECONDS: '0', MEDBOOK_FOLDER: folder, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  // Not 'exit', because the last lines of the output arrive before 'close'.
  const exit: Promise<number | null> = once(child, 'close').then(([code]) => code);
  let running = true;
  exit.finally(() => (running = false));

  const system: SystemProcess = {
    pid: child.pid ?? 0,
    output: () => output,
    async waitForOutput(text) {
      const deadline = Date.now() + READY_SECONDS * 1000;
      while (!output.includes(text)) {
        if (!running) throw new Error(`The local system ended before it printed "${text}":\n${output}`);
        if (Date.now() > deadline)
          throw new Error(`The local system did not print "${text}" within ${READY_SECONDS} s:\n${output}`);
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
