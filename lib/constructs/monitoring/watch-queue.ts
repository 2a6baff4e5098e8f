import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { createGraph } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/**
 * Watches a queue: one without a dead-letter queue is one itself and must be empty; in others no message may wait for
 * long.
 */
export const watchQueue: Watcher = (part) => {
  if (!(part instanceof Queue)) return undefined;
  const depth = part.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM });
  if (!part.deadLetterQueue) {
    return { alarms: [['Dead letters', depth]], widgets: [createGraph('dead letters', [depth])] };
  }
  const age = part.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM });
  return {
    alarms: [['Queue age', age]],
    widgets: [createGraph('waiting messages', [depth]), createGraph('age of the oldest message, s', [age])],
  };
};
