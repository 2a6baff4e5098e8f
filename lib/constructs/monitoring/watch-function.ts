import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { createGraph, createLimitPercentage, createPercentage } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/** Lambda's default timeout. */
const DEFAULT_TIMEOUT_MILLISECONDS = 3_000;

/** Watches a function. Errors are failed invocations: an API function that responds with 5xx does not count as one. */
export const watchFunction: Watcher = (part) => {
  if (!(part instanceof LambdaFunction)) return undefined;
  const invocations = part.metricInvocations({ statistic: Stats.SUM });
  const errors = part.metricErrors({ statistic: Stats.SUM });
  const throttles = part.metricThrottles({ statistic: Stats.SUM });
  const maxDuration = part.metricDuration({ statistic: Stats.MAXIMUM });
  const timeoutMilliseconds = part.timeout?.toMilliseconds() ?? DEFAULT_TIMEOUT_MILLISECONDS;
  return {
    alarms: [
      ['Function errors', createPercentage(errors, invocations, 'errors, %')],
      ['Function throttles', throttles],
      ['Function near timeout', createLimitPercentage(maxDuration, timeoutMilliseconds, 'of the timeout, %')],
    ],
    widgets: [
      createGraph('invocations, errors, throttles', [invocations, errors, throttles]),
      createGraph('duration', [
        part.metricDuration({ statistic: Stats.p(50) }),
        part.metricDuration({ statistic: Stats.p(99) }),
      ]),
      createGraph('concurrent executions', [part.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM })]),
    ],
  };
};
