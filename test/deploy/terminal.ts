import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { PROJECT } from './cdk.ts';

/** Programs that replace those of the machine: its `aws` may be missing, its `curl` cannot reach an emulated API. */
export const TOOLS_FOLDER = join(import.meta.dirname, 'tools');
const TIMEOUT_MILLISECONDS = 480_000;

/** Receives each line that commands print, and can return a line to type. */
type LineResponder = (line: string) => string | undefined;

export interface Terminal {
  /**
   * Runs commands in bash, which stops at the first one that fails. Returns the lines that they printed.
   * @throws with the command that failed, and the last lines of the output.
   */
  run(commands: string, respond?: LineResponder): Promise<string[]>;
}

/**
 * Opens the terminal of an operator who has just cloned the repository: no package is installed, and the home folder is
 * empty. The commands write only below `folder`, except to the cache of npm.
 */
export async function openTerminal(folder: string): Promise<Terminal> {
  const [clone, home, temporary] = [join(folder, 'medbook'), join(folder, 'home'), join(folder, 'tmp')];
  for (const directory of [home, temporary]) await mkdir(directory, { recursive: true });
  await cloneProject(clone);
  const env = { ...createShellEnvironment(), HOME: home, TMPDIR: temporary };
  return { run: (commands, respond) => runCommands(clone, env, commands, respond) };
}

/** Copies the tracked files and the new files that Git does not ignore, so the changes need not be committed. */
async function cloneProject(clone: string): Promise<void> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', args, { cwd: PROJECT });
  for (const name of stdout.split('\0').filter((name) => name && existsSync(join(PROJECT, name)))) {
    await mkdir(dirname(join(clone, name)), { recursive: true });
    await cp(join(PROJECT, name), join(clone, name));
  }
}

/** Returns the environment without the variables of `npm run` and this project's programs, but with our tools. */
function createShellEnvironment(): NodeJS.ProcessEnv {
  const variables = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|INIT_CWD$|NODE$)/.test(name));
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== join(PROJECT, 'node_modules/.bin'));
  return {
    // In an empty home folder npm would not find these.
    npm_config_cache: join(homedir(), '.npm'),
    npm_config_userconfig: join(homedir(), '.npmrc'),
    ...Object.fromEntries(variables),
    npm_config_local_prefix: undefined,
    PATH: [TOOLS_FOLDER, ...path].join(delimiter),
  };
}

/** Makes bash stop at the first command that fails, and print that command. */
const STRICT_MODE = `set -Eeuo pipefail
trap 'echo "This command failed: $BASH_COMMAND" >&2' ERR
`;

async function runCommands(
  cwd: string,
  env: NodeJS.ProcessEnv,
  commands: string,
  respond?: LineResponder,
): Promise<string[]> {
  // In its own process group, so that the programs that bash has started end with it.
  const child = spawn('bash', ['-c', STRICT_MODE + commands], { cwd, env, detached: true });
  const killGroup = () => child.pid && child.exitCode === null && process.kill(-child.pid);
  const timer = setTimeout(killGroup, TIMEOUT_MILLISECONDS);
  process.once('exit', killGroup);
  const printed: string[] = [];
  const output: string[] = [];
  createInterface(child.stderr).on('line', (line) => output.push(line));
  createInterface(child.stdout).on('line', (line) => {
    printed.push(line);
    output.push(line);
    const response = respond?.(line);
    if (response !== undefined) child.stdin.write(`${response}\n`);
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  process.off('exit', killGroup);
  if (code === 0) return printed;
  const exitDescription = signal ? `was ended by the signal ${signal}` : `ended with exit code ${code}`;
  throw new Error(`bash ${exitDescription}:\n${output.slice(-60).join('\n')}`);
}
