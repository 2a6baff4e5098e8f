import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../local/system/progress.ts';
import { TOOLS_FOLDER } from './terminal.ts';

/**
 * Keeps the servers running until a signal ends this process, for a person who types the commands of docs/deploy.md in
 * another terminal. Writes the variables for that terminal to `environment.sh` in the folder.
 */
export async function runUntilInterrupted(folder: string, report: Progress['report']): Promise<void> {
  const path = join(folder, 'environment.sh');
  await writeFile(path, formatEnvironment());
  report(`Run in another terminal: . ${path}\nThere the commands of docs/deploy.md work. To stop, press Ctrl-C here.`);
  await new Promise(() => {});
}

/** Returns commands for any shell that select the emulator and unset the variables of the user's AWS account. */
function formatEnvironment(): string {
  const variables = Object.entries(process.env).filter(([name]) => /^(AWS_|NODE_EXTRA_CA_CERTS$)/.test(name));
  return [
    'unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN',
    ...variables.map(([name, value = '']) => `export ${name}='${value}'`),
    `export PATH='${TOOLS_FOLDER}':"$PATH"\n`,
  ].join('\n');
}
