import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '../../local/process/with-lock.mjs';
import { progressTo, seconds } from '../../local/progress.ts';
import { CACHE_FOLDER } from '../../local/state.ts';
import { completeEnvironment, connectAws } from './aws.ts';
import { waitForHands } from './by-hand.ts';
import { checkDeployment } from './deployment.ts';
import { checkDocument } from './document.ts';
import { checkJobs } from './jobs.ts';
import { checkJourney } from './journey.ts';
import { checkNotifications } from './notifications.ts';
import { checkRemoval } from './removal.ts';
import { emulatorLog } from './servers/emulator.ts';
import { pythonMissing } from './servers/python.ts';
import { startServers } from './servers/servers.ts';
import type { Trial } from './trial.ts';

const PROMISES: readonly (readonly [string, (trial: Trial) => Promise<void>])[] = [
  ['prod deploys with the plain cdk command, twice the same, and a broken migration changes nothing', checkDeployment],
  ['The deployed API lets in whom it should, from the sign-up to the cancellation', checkJourney],
  ['Jobs run by their schedules, their failures are kept, and no function holds a secret', checkJobs],
  ['Everybody is told, and what cannot be told is kept for the operator to try anew', checkNotifications],
  ['docs/deploy.md holds word by word, from an empty clone to a booking, and away without a trace', checkDocument],
  ['prod is not destroyed by a slip', checkRemoval],
];

const given = process.env.AWS_ENDPOINT_URL;
const missing = given ? undefined : await pythonMissing();
if (missing) {
  console.log(
    `The deployment was not tried here: ${missing}. AWS_ENDPOINT_URL may name an emulator that runs elsewhere.`,
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
  process.exitCode = await tryDeployment(folder, stack).catch(async (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    if (!given) console.error(`The emulator's last lines:\n${await emulatorLog(join(folder, 'emulator'))}`);
    return 1;
  });
}

/** Everything in order, up to the first promise that is broken. Answers the exit code. */
async function tryDeployment(folder: string, stack: AsyncDisposableStack): Promise<number> {
  const started = performance.now();
  const progress = progressTo(console.log);
  await mkdir(folder, { recursive: true });
  stack.defer(await takeLock(`${folder}.lock`, (pid) => progress.say(`Process ${pid} tries it too: waiting …`)));
  if (given?.includes('amazonaws.com'))
    throw new Error(`${given} is AWS itself: this deploys and destroys, so not there.`);
  if (given) completeEnvironment();
  else await startServers(folder, progress, stack);
  if (process.argv.includes('--by-hand')) await waitForHands(folder, progress.say);
  const aws = connectAws();
  stack.defer(aws.close);
  const work = join(folder, 'work');
  await rm(work, { recursive: true, force: true });
  await mkdir(work);

  const verdicts = new Map(PROMISES.map(([promise]) => [promise, 'not tried']));
  try {
    for (const [promise, check] of PROMISES) {
      progress.say(promise);
      verdicts.set(promise, 'broken');
      await check({ aws, folder: work, step: progress.step });
      verdicts.set(promise, 'kept');
    }
  } finally {
    for (const [promise, verdict] of verdicts) progress.say(`${verdict.padEnd(11)}${promise}`);
    progress.say(`${seconds(performance.now() - started).trim()} in all.`);
  }
  return 0;
}
