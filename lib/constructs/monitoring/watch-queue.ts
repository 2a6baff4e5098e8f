import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { graph } from './graph.ts';
import type { Watcher } from './watched.ts';

/** A queue without a dead-letter queue is one: what lies there failed for good. */
export const watchQueue: Watcher = (part) => {
  if (!(part instanceof Queue) || part.deadLetterQueue) return undefined;
  const depth = part.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM });
  return { alarms: [['Dead letters', depth]], widgets: [graph('dead letters', [depth])] };
};
