import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnReplicationGroup } from 'aws-cdk-lib/aws-elasticache';
import { graph } from './graph.ts';
import type { Watcher } from './watched.ts';

/** Each node has its own metrics, under the group's name and a number; what counts is the worst of them. */
export const watchCache: Watcher = (part) => {
  if (!(part instanceof CfnReplicationGroup)) return undefined;
  const nodes = Array.from(
    { length: part.numCacheClusters ?? 1 + (part.replicasPerNodeGroup ?? 0) },
    (_, i) => `${part.ref}-${String(i + 1).padStart(3, '0')}`,
  );
  const worst = (metricName: string, statistic: string) => {
    // An id of its own for each: two expressions may meet in one graph.
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
  const evictions = worst('Evictions', Stats.SUM);
  const memory = worst('DatabaseMemoryUsagePercentage', Stats.MAXIMUM);
  const cpu = worst('EngineCPUUtilization', Stats.MAXIMUM);
  return {
    alarms: [
      ['Cache evictions', evictions],
      ['Cache memory', memory],
      ['Cache CPU', cpu],
    ],
    widgets: [
      graph('memory and processor, %', [memory, cpu]),
      graph('evictions', [evictions]),
      graph('connections', [worst('CurrConnections', Stats.MAXIMUM)]),
    ],
  };
};
