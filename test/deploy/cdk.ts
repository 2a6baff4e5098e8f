import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');
const TIMEOUT_MILLISECONDS = 240_000;

export interface CdkOptions {
  readonly stage: 'dev' | 'prod';
  /** The folder for the templates. */
  readonly output: string;
  /** The folder of the project whose app runs. @default - this project */
  readonly project?: string;
  /** Context values besides the stage, such as `firstDeployment=true`. */
  readonly context?: readonly string[];
}

/** `cdk` ended with an exit code other than 0. The message contains the last lines of its output. */
class CdkError extends Error {
  readonly output: string;

  constructor(summary: string, output: string) {
    super(`${summary}\n${output.trimEnd().split('\n').slice(-60).join('\n')}`);
    this.output = output;
  }
}

/**
 * Runs `cdk` as an operator would, with the environment of this process. Returns its output.
 * @throws CdkError if the exit code is not 0.
 */
export async function runCdk(
  command: readonly string[],
  { stage, output, project = PROJECT, context = [] }: CdkOptions,
): Promise<string> {
  const contextArgs = [`stage=${stage}`, ...context].flatMap((value) => ['-c', value]);
  const args = [...command, ...contextArgs, '-o', output];
  const child = spawn(process.execPath, [join(PROJECT, 'node_modules/aws-cdk/bin/cdk'), ...args], {
    cwd: project,
    // With CI set, `cdk` prints lines instead of a progress bar.
    env: { ...process.env, CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MILLISECONDS,
  });
  const killChild = () => void child.kill();
  process.once('exit', killChild);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  }
  const [code, signal] = await once(child, 'close');
  process.off('exit', killChild);
  if (code === 0) return printed;
  const exitDescription = signal ? `was ended by the signal ${signal}` : `ended with exit code ${code}`;
  throw new CdkError(`cdk ${args.join(' ')} ${exitDescription}.`, printed);
}

export const deployAll = (options: CdkOptions) =>
  runCdk(['deploy', '--all', '--require-approval', 'never', '--progress', 'events'], options);

/** Destroys the stacks whose templates the last deployment wrote to `output`. */
export const destroyAll = (options: CdkOptions) =>
  runCdk(['destroy', '--all', '--force', '--app', options.output], options);

/**
 * Waits for a command that `cdk` must refuse, and returns its output.
 * @throws if the command succeeds.
 */
export async function expectCdkError(execution: Promise<string>): Promise<string> {
  try {
    await execution;
  } catch (error) {
    if (error instanceof CdkError) return error.output;
    throw error;
  }
  throw new Error('cdk accepted a command that it must refuse.');
}
