import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Runs one of the project's programs, as npm would, against the local system in `folder`; returns its output.
 * @throws with the exit code, `stdout` and `stderr` if it fails
 */
export async function runProgram(
  script: string,
  args: readonly string[],
  folder = inject('system').folder,
): Promise<string> {
  const env = { ...process.env, MEDBOOK_FOLDER: folder };
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { cwd: PROJECT, env });
  return stdout;
}
