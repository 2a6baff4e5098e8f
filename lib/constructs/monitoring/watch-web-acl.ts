import { Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { graph } from './graph.ts';
import type { Watcher } from './watched.ts';

/** A firewall is told by the name of its metric, not by its own. */
export const watchWebAcl: Watcher = (part) => {
  if (!(part instanceof CfnWebACL)) return undefined;
  if (!('metricName' in part.visibilityConfig)) throw new Error(`${part.node.path} must name its metric.`);
  const WebACL = part.visibilityConfig.metricName;
  const metric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/WAFV2',
      metricName,
      dimensionsMap: { WebACL, Rule: 'ALL', Region: Stack.of(part).region },
      statistic: Stats.SUM,
    });
  const blocked = metric('BlockedRequests');
  return {
    alarms: [['WAF blocks', blocked]],
    widgets: [graph('requests', [metric('AllowedRequests'), blocked, metric('CountedRequests')])],
  };
};
