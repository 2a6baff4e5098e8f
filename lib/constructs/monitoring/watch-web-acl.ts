import { Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { createGraph } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/** Watches a web ACL. The `WebACL` dimension is its metric name, not its own name. */
export const watchWebAcl: Watcher = (part) => {
  if (!(part instanceof CfnWebACL)) return undefined;
  if (!('metricName' in part.visibilityConfig)) throw new Error(`${part.node.path} needs a metric name.`);
  const WebACL = part.visibilityConfig.metricName;
  const createMetric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/WAFV2',
      metricName,
      dimensionsMap: { WebACL, Rule: 'ALL', Region: Stack.of(part).region },
      statistic: Stats.SUM,
    });
  const blockedRequests = createMetric('BlockedRequests');
  return {
    alarms: [['WAF blocks', blockedRequests]],
    widgets: [
      createGraph('requests', [createMetric('AllowedRequests'), blockedRequests, createMetric('CountedRequests')]),
    ],
  };
};
