import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { graph, percentOf, percentOfLimit } from './graph.ts';
import type { Watcher } from './watched.ts';

/** Lambda's own limit where a function names none. */
const DEFAULT_TIMEOUT_MILLISECONDS = 3_000;

/** A failure is one of the function itself: what answers HTTP tells its callers of faults in the answer. */
export const watchFunction: Watcher = (part) => {
  if (!(part instanceof LambdaFunction)) return undefined;
  const invocations = part.metricInvocations({ statistic: Stats.SUM });
  const errors = part.metricErrors({ statistic: Stats.SUM });
  const throttles = part.metricThrottles({ statistic: Stats.SUM });
  const longest = part.metricDuration({ statistic: Stats.MAXIMUM });
  const limit = part.timeout?.toMilliseconds() ?? DEFAULT_TIMEOUT_MILLISECONDS;
  return {
    alarms: [
      ['Function errors', percentOf(errors, invocations, 'errors, %')],
      ['Function throttles', throttles],
      ['Function near its time limit', percentOfLimit(longest, limit, 'of the time limit, %')],
    ],
    widgets: [
      graph('invocations, errors, throttles', [invocations, errors, throttles]),
      graph('duration', [
        part.metricDuration({ statistic: Stats.p(50) }),
        part.metricDuration({ statistic: Stats.p(99) }),
      ]),
      graph('at once', [part.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM })]),
    ],
  };
};
