import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { ScheduledJob } from '../scheduled-job.ts';
import type { Watcher } from './watched.ts';

/** Two periods without a run, whatever the run came to: what failed is told by the function's own alarms. */
export const watchJob: Watcher = (part) => {
  if (!(part instanceof ScheduledJob)) return undefined;
  const [schedule] = part.node.findAll().filter((child) => child instanceof CfnSchedule);
  if (!schedule) throw new Error(`${part.node.path} has no schedule, so nobody can tell when it is missing.`);
  const runs = new MathExpression({
    // Lambda writes no 0. An alarm skips what is missing and looks further back for runs, so it would notice only days later.
    expression: 'FILL(invocations, 0)',
    usingMetrics: { invocations: part.job.function.metricInvocations({ statistic: Stats.SUM }) },
    label: 'runs',
    period: periodOf(schedule.scheduleExpression),
  });
  return { alarms: [['Job missing', runs]], widgets: [] };
};

const UNITS: Readonly<Record<string, (amount: number) => Duration>> = {
  minute: Duration.minutes,
  hour: Duration.hours,
  day: Duration.days,
};

/** That of the schedule, and five minutes at least. CloudWatch compares periods of a day at most, the rarest that any job of ours runs. */
function periodOf(expression: string): Duration {
  const [, amount, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const period = UNITS[unit]?.(Number(amount));
  if (!period || period.toDays({ integral: false }) > 1) {
    throw new Error(
      `A missing job is noticed for schedules like rate(5 minutes), up to rate(1 day), not ${expression}.`,
    );
  }
  return period.toSeconds() < LEAST.toSeconds() ? LEAST : period;
}

/** What Lambda counted can come minutes late, and must not look like a missing run until then. */
const LEAST = Duration.minutes(5);
