import { expect, test } from 'vitest';
import { countRuns } from '../../../lib/cost/count-runs.ts';

const countRunsOf = (ScheduleExpression: string) =>
  countRuns({ path: 'Stack/Schedule', type: 'AWS::Scheduler::Schedule', properties: { ScheduleExpression } });

test.each([
  ['rate(1 minute)', 43_800],
  ['rate(5 minutes)', 8_760],
  ['rate(1 hour)', 730],
  ['rate(1 day)', 730 / 24],
  ['cron(0 7 * * ? *)', 730 / 24],
  ['cron(0 0,6,12,18 * * ? *)', (4 * 730) / 24],
  ['cron(0 * * * ? *)', 730],
  ['cron(0,30 * * * ? *)', 1_460],
])('%s runs %d times in a month of 730 hours', (expression, runs) => {
  expect(countRunsOf(expression)).toBeCloseTo(runs, 6);
});

test.each(['at(2026-01-01T00:00:00)', 'cron(0 7 ? * MON *)', 'cron(0/5 * * * ? *)', 'rate(1 week)', ''])(
  '%j is an error that names it',
  (expression) => {
    expect(() => countRunsOf(expression)).toThrow(
      `Stack/Schedule: the cost model cannot count the runs of ${expression}`,
    );
  },
);
