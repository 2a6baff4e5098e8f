import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnReplicationGroup } from 'aws-cdk-lib/aws-elasticache';
import { createGraph } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/**
 * Watches the cache by the highest value of its nodes. A node's metrics have the group's name and a number as their
 * dimension.
 */
export const watchCache: Watcher = (part) => {
  if (!(part instanceof CfnReplicationGroup)) return undefined;
  const nodes = Array.from(
    { length: part.numCacheClusters ?? 1 + (part.replicasPerNodeGroup ?? 0) },
    (_, i) => `${part.ref}-${String(i + 1).padStart(3, '0')}`,
  );
  const createMaximum = (metricName: string, statistic: string) => {
    // IDs are unique across expressions, because one graph may show two of them.
    const metrics = nodes.map((CacheClusterId, i): [string, Metric] => [
      `node${i + 1}${metricName}`,
      new Metric({ namespace: 'AWS/ElastiCache', metricName, dimensionsMap: { CacheClusterId }, statistic }),
    ]);
    return new MathExpression({
      expression: `MAX([${metrics.map(([id]) => id).join(', ')}])`,
      usingMetrics: Object.fromEntries(metrics),
      label: metricName,
    });
  };
  const evictions = createMaximum('Evictions', Stats.SUM);
  const memory = createMaximum('DatabaseMemoryUsagePercentage', Stats.MAXIMUM);
  const cpu = createMaximum('EngineCPUUtilization', Stats.MAXIMUM);
  return {
    alarms: [
      ['Cache evictions', evictions],
      ['Cache memory', memory],
      ['Cache CPU', cpu],
    ],
    widgets: [
      createGraph('memory and processor, %', [memory, cpu]),
      createGraph('evictions', [evictions]),
      createGraph('connections', [createMaximum('CurrConnections', Stats.MAXIMUM)]),
    ],
  };
};
