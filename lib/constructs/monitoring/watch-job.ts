import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { ScheduledJob } from '../jobs/scheduled-job.ts';
import type { Watcher } from './watcher.ts';

/** Watches for two periods without a run of a job. Failed runs count as runs: the function's own alarms cover them. */
export const watchJob: Watcher = (part) => {
  if (!(part instanceof ScheduledJob)) return undefined;
  const [schedule] = part.node.findAll().filter((child) => child instanceof CfnSchedule);
  if (!schedule) throw new Error(`${part.node.path} has no schedule, so missed runs cannot be detected.`);
  const runs = new MathExpression({
    // Lambda records no 0. Without FILL the alarm would skip missing periods, look further back, and go off only days
    // later.
    expression: 'FILL(invocations, 0)',
    usingMetrics: { invocations: part.job.function.metricInvocations({ statistic: Stats.SUM }) },
    label: 'runs',
    period: parsePeriod(schedule.scheduleExpression),
  });
  return { alarms: [['Missed job runs', runs]], widgets: [] };
};

const DURATION_UNITS: Readonly<Record<string, (amount: number) => Duration>> = {
  minute: Duration.minutes,
  hour: Duration.hours,
  day: Duration.days,
};

/**
 * Returns the period of a schedule expression, at least 5 minutes. Throws above a day, CloudWatch's limit, and for
 * other expressions.
 */
function parsePeriod(expression: string): Duration {
  const [, amount, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const [, hour] = /^cron\(\d+ (\d+|\*) \* \* \? \*\)$/.exec(expression) ?? [];
  const cronPeriod = hour && (hour === '*' ? Duration.hours(1) : Duration.days(1));
  const period = cronPeriod || DURATION_UNITS[unit]?.(Number(amount));
  if (!period || period.toDays({ integral: false }) > 1) {
    throw new Error(
      `Missed runs can be detected only for rates up to rate(1 day), such as rate(5 minutes), not for ${expression}.`,
    );
  }
  return period.toSeconds() < MIN_PERIOD.toSeconds() ? MIN_PERIOD : period;
}

/** Lambda's metrics can be minutes late, which must not look like a missed run. */
const MIN_PERIOD = Duration.minutes(5);
