import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { PROJECT } from './cdk.ts';

/** Comes before the machine's own programs: its `aws` may be missing there, its `curl` finds APIs at the emulator. */
export const TOOLS = join(import.meta.dirname, 'tools');
const TIMEOUT_MILLISECONDS = 480_000;

/** What hears each line that commands print, and may type a line back. */
type LineResponder = (line: string) => string | undefined;

export interface Terminal {
  /**
   * Types commands into bash, which ends at the first one that fails. Answers the lines that they printed.
   * @throws with the command that failed, and the last lines of all that was said.
   */
  run(commands: string, respond?: LineResponder): Promise<string[]>;
}

/**
 * The terminal of an operator who has just cloned the repository: nothing is installed, and the home is empty. All
 * that is written is written below `folder`, but for what npm keeps of its downloads.
 */
export async function openTerminal(folder: string): Promise<Terminal> {
  const [clone, home, temporary] = [join(folder, 'medbook'), join(folder, 'home'), join(folder, 'tmp')];
  for (const made of [home, temporary]) await mkdir(made, { recursive: true });
  await cloneProject(clone);
  const env = { ...createShellEnvironment(), HOME: home, TMPDIR: temporary };
  return { run: (commands, respond) => runCommands(clone, env, commands, respond) };
}

/** Copies what is in the repository, or would be with a commit of everything. */
async function cloneProject(clone: string): Promise<void> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', args, { cwd: PROJECT });
  for (const name of stdout.split('\0').filter((name) => name && existsSync(join(PROJECT, name)))) {
    await mkdir(dirname(join(clone, name)), { recursive: true });
    await cp(join(PROJECT, name), join(clone, name));
  }
}

/** The environment that `npm run` was called in, with our tools: neither its variables nor this project's programs. */
function createShellEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|INIT_CWD$|NODE$)/.test(name));
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== join(PROJECT, 'node_modules/.bin'));
  return {
    // In an empty home npm would not find these.
    npm_config_cache: join(homedir(), '.npm'),
    npm_config_userconfig: join(homedir(), '.npmrc'),
    ...Object.fromEntries(kept),
    npm_config_local_prefix: undefined,
    PATH: [TOOLS, ...path].join(delimiter),
  };
}

/** Fails at what fails, as nobody sees it who only looks at the end, and says what it was. */
const STRICT_MODE = `set -Eeuo pipefail
trap 'echo "This failed: $BASH_COMMAND" >&2' ERR
`;

async function runCommands(
  cwd: string,
  env: NodeJS.ProcessEnv,
  commands: string,
  respond?: LineResponder,
): Promise<string[]> {
  // A group of its own, so that what bash has started ends with it.
  const child = spawn('bash', ['-c', STRICT_MODE + commands], { cwd, env, detached: true });
  const end = () => child.pid && child.exitCode === null && process.kill(-child.pid);
  const timer = setTimeout(end, TIMEOUT_MILLISECONDS);
  process.once('exit', end);
  const printed: string[] = [];
  const output: string[] = [];
  createInterface(child.stderr).on('line', (line) => output.push(line));
  createInterface(child.stdout).on('line', (line) => {
    printed.push(line);
    output.push(line);
    const answer = respond?.(line);
    if (answer !== undefined) child.stdin.write(`${answer}\n`);
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  process.off('exit', end);
  if (code === 0) return printed;
  const exitDescription = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  throw new Error(`bash ${exitDescription}:\n${output.slice(-60).join('\n')}`);
}
