import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '../../local/process/with-lock.mjs';
import { CACHE_FOLDER } from '../../local/system/local-state.ts';
import { createProgress, formatSeconds } from '../../local/system/progress.ts';
import { completeEnvironment, connectAws } from './aws-clients.ts';
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

const CHECKS: readonly (readonly [string, (trial: CheckContext) => Promise<void>])[] = [
  ['prod deploys with the plain cdk command, twice the same, and a broken migration changes nothing', checkDeployment],
  ['The deployed API lets in whom it should, from the sign-up to the cancellation', checkJourney],
  ['Jobs run by their schedules, their failures are kept, and no function holds a secret', checkJobs],
  ['Everybody is told, and what cannot be told is kept for the operator to try anew', checkNotifications],
  ['docs/deploy.md holds word by word, from an empty clone to a booking, and away without a trace', checkDocument],
  ['prod is not destroyed by a slip', checkRemoval],
];

const givenEndpoint = process.env.AWS_ENDPOINT_URL;
const missingPython = givenEndpoint ? undefined : await findPythonProblem();
if (missingPython) {
  console.log(
    `The deployment was not tried here: ${missingPython}. AWS_ENDPOINT_URL may name an emulator that runs elsewhere.`,
  );
} else {
  const folder = join(CACHE_FOLDER, '../deploy');
  await using stack = new AsyncDisposableStack();
  // What is left of a failure is for whoever looks for its reason.
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
    if (!givenEndpoint) console.error(`The emulator's last lines:\n${await readEmulatorLog(join(folder, 'emulator'))}`);
    return 1;
  });
}

/** Everything in order, up to the first promise that is broken. Answers the exit code. */
async function runChecks(folder: string, stack: AsyncDisposableStack): Promise<number> {
  const started = performance.now();
  const progress = createProgress(console.log);
  await mkdir(folder, { recursive: true });
  stack.defer(await acquireLock(`${folder}.lock`, (pid) => progress.report(`Process ${pid} tries it too: waiting …`)));
  if (givenEndpoint?.includes('amazonaws.com'))
    throw new Error(`${givenEndpoint} is AWS itself: this deploys and destroys, so not there.`);
  if (givenEndpoint) completeEnvironment();
  else await startServers(folder, progress, stack);
  if (process.argv.includes('--by-hand')) await runUntilInterrupted(folder, progress.report);
  const aws = connectAws();
  stack.defer(aws.close);
  const work = join(folder, 'work');
  await rm(work, { recursive: true, force: true });
  await mkdir(work);

  const results = new Map(CHECKS.map(([promise]) => [promise, 'not tried']));
  try {
    for (const [promise, check] of CHECKS) {
      progress.report(promise);
      results.set(promise, 'broken');
      await check({ aws, folder: work, step: progress.step });
      results.set(promise, 'kept');
    }
  } finally {
    for (const [promise, verdict] of results) progress.report(`${verdict.padEnd(11)}${promise}`);
    progress.report(`${formatSeconds(performance.now() - started).trim()} in all.`);
  }
  return 0;
}
