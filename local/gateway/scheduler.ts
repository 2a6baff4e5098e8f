import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from './deployment.ts';
import type { Lambda, LambdaPool } from './lambda-pool.ts';
import type { Log } from './log.ts';
import { readSchedules, type Schedule } from './schedules.ts';

/**
 * Runs the schedules of the templates: each at once and then at its rate, never twice at the same time: what falls due
 * during a run is left out. A run that fails is logged and not repeated before the next is due.
 *
 * `stop` waits for the runs under way: stop the functions together with it to cut them short.
 *
 * @throws when a schedule cannot be kept here, or its function cannot be run
 */
export function startScheduler(
  deployment: Deployment,
  lambdas: LambdaPool,
  log: Log,
): { readonly schedules: readonly Schedule[]; stop(): Promise<void> } {
  const schedules = readSchedules(deployment);
  const stopping = new AbortController();
  const loops = schedules
    .map((schedule) => ({ schedule, lambda: lambdas.named(schedule.functionArn) }))
    .map(({ schedule, lambda }) => keep(schedule, lambda, log, stopping.signal));
  return {
    schedules,
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function keep(schedule: Schedule, lambda: Lambda, log: Log, signal: AbortSignal): Promise<void> {
  for (let due = Date.now(); !signal.aborted; due = nextAfter(due, schedule.intervalMs)) {
    await until(due, signal);
    if (!signal.aborted) await run(schedule, lambda, new Date(due), log);
  }
}

async function run({ name, event }: Schedule, lambda: Lambda, due: Date, log: Log): Promise<void> {
  const began = performance.now();
  const result = await lambda.invoke(event(due));
  const outcome = result.ok ? 'ok' : `failed: ${result.error.errorType}: ${result.error.errorMessage}`;
  log('scheduler', `${name} ran ${lambda.name} in ${Math.round(performance.now() - began)} ms: ${outcome}`);
}

function nextAfter(due: number, intervalMs: number): number {
  return due + intervalMs * Math.max(1, Math.ceil((Date.now() - due) / intervalMs));
}

// A timer holds at most 2^31 ms, which a rate in days exceeds.
const LONGEST_SLEEP_MS = 86_400_000;

async function until(time: number, signal: AbortSignal): Promise<void> {
  for (let left = time - Date.now(); left > 0 && !signal.aborted; left = time - Date.now())
    await sleep(Math.min(left, LONGEST_SLEEP_MS), undefined, { signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
}
