import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');
const TIMEOUT_MILLISECONDS = 240_000;

export interface CdkOptions {
  readonly stage: 'dev' | 'prod';
  /** Where the templates go. */
  readonly output: string;
  /** Whose app is run. @default - this project */
  readonly project?: string;
}

/** `cdk` ended with an exit code other than 0. The message has the last of what it said. */
class CdkError extends Error {
  readonly output: string;

  constructor(summary: string, output: string) {
    super(`${summary}\n${output.trimEnd().split('\n').slice(-60).join('\n')}`);
    this.output = output;
  }
}

/**
 * Runs `cdk` as an operator would, with the environment of this process. Answers what it said.
 * @throws CdkFailed
 */
export async function runCdk(
  command: readonly string[],
  { stage, output, project = PROJECT }: CdkOptions,
): Promise<string> {
  const args = [...command, '-c', `stage=${stage}`, '-o', output];
  const child = spawn(process.execPath, [join(PROJECT, 'node_modules/aws-cdk/bin/cdk'), ...args], {
    cwd: project,
    // CI makes it write lines instead of a moving bar.
    env: { ...process.env, CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MILLISECONDS,
  });
  const end = () => void child.kill();
  process.once('exit', end);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  }
  const [code, signal] = await once(child, 'close');
  process.off('exit', end);
  if (code === 0) return printed;
  const exitDescription = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  throw new CdkError(`cdk ${args.join(' ')} ${exitDescription}.`, printed);
}

export const deployAll = (options: CdkOptions) =>
  runCdk(['deploy', '--all', '--require-approval', 'never', '--progress', 'events'], options);

/** Of the templates that the last deployment left in `output`. */
export const destroyAll = (options: CdkOptions) =>
  runCdk(['destroy', '--all', '--force', '--app', options.output], options);

/** What `cdk` must refuse. Answers what it said. */
export async function expectCdkError(running: Promise<string>): Promise<string> {
  try {
    await running;
  } catch (error) {
    if (error instanceof CdkError) return error.output;
    throw error;
  }
  throw new Error('cdk did what it must refuse.');
}
