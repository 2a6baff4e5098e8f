import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../local/system/progress.ts';
import { TOOLS } from './terminal.ts';

/**
 * Leaves everything running for somebody who types the commands of docs/deploy.md themselves, until a signal ends this
 * process. What their terminal must know is in `environment.sh` of the folder.
 */
export async function runUntilInterrupted(folder: string, say: Progress['report']): Promise<void> {
  const path = join(folder, 'environment.sh');
  await writeFile(path, formatEnvironment());
  say(`In another terminal: . ${path}\nThere the commands of docs/deploy.md do what they say. Ctrl-C ends it here.`);
  await new Promise(() => {});
}

/** For any shell: the emulator instead of an account, and nothing of the accounts that somebody has. */
function formatEnvironment(): string {
  const variables = Object.entries(process.env).filter(([name]) => /^(AWS_|NODE_EXTRA_CA_CERTS$)/.test(name));
  return [
    'unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN',
    ...variables.map(([name, value = '']) => `export ${name}='${value}'`),
    `export PATH='${TOOLS}':"$PATH"\n`,
  ].join('\n');
}
