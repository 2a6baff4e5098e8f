import { DAYS_PER_MONTH } from './assumptions.ts';
import { type Resource, readText } from './resources.ts';

const RATE = /^rate\((?<count>\d+) (?<unit>minute|hour|day)s?\)$/;
/** Every day, at minutes and hours that are listed or all. */
const DAILY_CRON = /^cron\((?<minutes>\*|[\d,]+) (?<hours>\*|[\d,]+) \* \* \? \*\)$/;
const RUNS_PER_DAY: Readonly<Record<string, number>> = { minute: 24 * 60, hour: 24, day: 1 };

/** Returns the runs in a month of a resource's `ScheduleExpression`, such as `rate(5 minutes)` or `cron(0 0,12 * * ? *)`. */
export function countRuns(resource: Resource): number {
  const expression = readText(resource, 'ScheduleExpression');
  const rate = RATE.exec(expression)?.groups;
  const cron = DAILY_CRON.exec(expression)?.groups;
  const perDay = rate
    ? (RUNS_PER_DAY[rate.unit ?? ''] ?? 0) / Number(rate.count)
    : countValues(cron?.minutes, 60) * countValues(cron?.hours, 24);
  if (perDay > 0) return perDay * DAYS_PER_MONTH;
  throw new Error(
    `${resource.path}: the cost model cannot count the runs of ${expression}. Extend lib/cost/count-runs.ts.`,
  );
}

function countValues(list: string | undefined, all: number): number {
  return list === '*' ? all : (list?.split(',').length ?? 0);
}
