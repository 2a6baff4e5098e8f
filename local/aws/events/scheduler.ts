import { setTimeout as sleep } from 'node:timers/promises';
import type { Lambda, LambdaPool } from '../lambda/lambda-pool.ts';
import type { Log } from '../log.ts';
import type { Deployment } from '../templates/deployment.ts';
import { readSchedules, type Schedule } from './schedules.ts';

/**
 * Runs the schedules of the templates, each immediately and then at its rate. Runs of one schedule never overlap: a run that is
 * due during another is skipped. A failed run is logged and not retried.
 *
 * `stop` waits for the runs in progress; stop the functions as well to interrupt them.
 *
 * @throws when a schedule is not supported locally, or its function cannot be run
 */
export function startScheduler(
  deployment: Deployment,
  lambdas: LambdaPool,
  log: Log,
): { readonly schedules: readonly Schedule[]; stop(): Promise<void> } {
  const schedules = readSchedules(deployment);
  const stopping = new AbortController();
  const loops = schedules
    .map((schedule) => ({ schedule, lambda: lambdas.get(schedule.functionArn) }))
    .map(({ schedule, lambda }) => runLoop(schedule, lambda, log, stopping.signal));
  return {
    schedules,
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function runLoop(schedule: Schedule, lambda: Lambda, log: Log, signal: AbortSignal): Promise<void> {
  for (let dueTime = Date.now(); !signal.aborted; dueTime = nextDueTime(dueTime, schedule.intervalMs)) {
    await waitUntil(dueTime, signal);
    if (!signal.aborted) await run(schedule, lambda, new Date(dueTime), log);
  }
}

async function run({ name, event }: Schedule, lambda: Lambda, dueTime: Date, log: Log): Promise<void> {
  const startedAt = performance.now();
  const result = await lambda.invoke(event(dueTime));
  const outcome = result.ok ? 'ok' : `failed: ${result.error.errorType}: ${result.error.errorMessage}`;
  log('scheduler', `${name} ran ${lambda.name} in ${Math.round(performance.now() - startedAt)} ms: ${outcome}`);
}

function nextDueTime(dueTime: number, intervalMs: number): number {
  return dueTime + intervalMs * Math.max(1, Math.ceil((Date.now() - dueTime) / intervalMs));
}

// A timer is limited to 2^31 ms, which a rate in days can exceed.
const MAX_SLEEP_MS = 86_400_000;

async function waitUntil(time: number, signal: AbortSignal): Promise<void> {
  for (let remainingMs = time - Date.now(); remainingMs > 0 && !signal.aborted; remainingMs = time - Date.now())
    await sleep(Math.min(remainingMs, MAX_SLEEP_MS), undefined, { signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
}
