import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { graph } from './graph.ts';
import type { Watcher } from './watched.ts';

/** A queue without a dead-letter queue is one: what lies there failed for good. In any other, nothing lies for long. */
export const watchQueue: Watcher = (part) => {
  if (!(part instanceof Queue)) return undefined;
  const depth = part.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM });
  if (!part.deadLetterQueue) {
    return { alarms: [['Dead letters', depth]], widgets: [graph('dead letters', [depth])] };
  }
  const age = part.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM });
  return {
    alarms: [['Queue age', age]],
    widgets: [graph('messages that wait', [depth]), graph('seconds that the oldest has waited', [age])],
  };
};
