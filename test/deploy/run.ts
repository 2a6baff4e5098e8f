import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '../../local/process/with-lock.mjs';
import { CACHE_FOLDER } from '../../local/system/local-state.ts';
import { createProgress, formatSeconds } from '../../local/system/progress.ts';
import { completeEnvironment, createAwsClients } from './aws-clients.ts';
import type { CheckContext } from './check-context.ts';
import { checkDeployment } from './check-deployment.ts';
import { checkDocument } from './check-document.ts';
import { checkJobs } from './check-jobs.ts';
import { checkJourney } from './check-journey.ts';
import { checkNotifications } from './check-notifications.ts';
import { checkRemoval } from './check-removal.ts';
import { runUntilInterrupted } from './manual-mode.ts';
import { readEmulatorLog } from './servers/emulator.ts';
import { findPythonProblem } from './servers/python.ts';
import { startServers } from './servers/servers.ts';

const CHECKS: readonly (readonly [string, (context: CheckContext) => Promise<void>])[] = [
  ['The plain cdk command deploys prod, also after a failure; a broken migration is rolled back', checkDeployment],
  ['The deployed API refuses unauthorized requests, and a patient can sign up, book and cancel', checkJourney],
  ['Jobs run on their schedules, failures are kept, and no function has a secret in its environment', checkJobs],
  ['All notifications are delivered, and the operator can replay failed messages', checkNotifications],
  [
    'The commands of docs/deploy.md work as written, from a new clone to a booking and to the removal of dev',
    checkDocument,
  ],
  ['prod cannot be destroyed by mistake', checkRemoval],
];

const givenEndpoint = process.env.AWS_ENDPOINT_URL;
const pythonProblem = givenEndpoint ? undefined : await findPythonProblem();
if (pythonProblem) {
  console.log(
    `The deployment was not tested: ${pythonProblem}. To test with another emulator, set AWS_ENDPOINT_URL to its address.`,
  );
} else {
  const folder = join(CACHE_FOLDER, '../deploy');
  await using stack = new AsyncDisposableStack();
  // After a failure the files remain, because they can show its cause.
  stack.defer(async () => {
    if (process.exitCode === 0) await rm(folder, { recursive: true, force: true });
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => void stack.disposeAsync().finally(() => process.exit(code)));
  }
  process.exitCode = await runChecks(folder, stack).catch(async (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    if (!givenEndpoint)
      console.error(`The last lines of the emulator's log:\n${await readEmulatorLog(join(folder, 'emulator'))}`);
    return 1;
  });
}

/** Runs the checks in order, up to the first that fails. Returns the exit code. */
async function runChecks(folder: string, stack: AsyncDisposableStack): Promise<number> {
  const startedAt = performance.now();
  const progress = createProgress(console.log);
  await mkdir(folder, { recursive: true });
  stack.defer(
    await acquireLock(`${folder}.lock`, (pid) =>
      progress.report(`Waiting for process ${pid}, which runs the same test …`),
    ),
  );
  if (givenEndpoint?.includes('amazonaws.com'))
    throw new Error(
      `${givenEndpoint} is AWS itself. This test deploys and destroys stages: set AWS_ENDPOINT_URL to an emulator.`,
    );
  if (givenEndpoint) completeEnvironment();
  else await startServers(folder, progress, stack);
  if (process.argv.includes('--by-hand')) await runUntilInterrupted(folder, progress.report);
  const aws = createAwsClients();
  stack.defer(aws.close);
  const work = join(folder, 'work');
  await rm(work, { recursive: true, force: true });
  await mkdir(work);

  const results = new Map(CHECKS.map(([guarantee]) => [guarantee, 'not tested']));
  try {
    for (const [guarantee, check] of CHECKS) {
      progress.report(guarantee);
      results.set(guarantee, 'failed');
      await check({ aws, folder: work, step: progress.step });
      results.set(guarantee, 'passed');
    }
  } finally {
    for (const [guarantee, result] of results) progress.report(`${result.padEnd(11)}${guarantee}`);
    progress.report(`Total: ${formatSeconds(performance.now() - startedAt).trim()}.`);
  }
  return 0;
}
