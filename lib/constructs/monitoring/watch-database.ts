import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { DatabaseCluster, DatabaseProxy } from 'aws-cdk-lib/aws-rds';
import type { StageConfig } from '../../config/stages.ts';
import { graph, percentOfLimit } from './graph.ts';
import type { Watcher } from './watched.ts';

/** The cluster as a whole, by its worst instance. */
export const watchDatabase: Watcher = (part, config) => {
  if (!(part instanceof DatabaseCluster)) return undefined;
  const worst = (name: string) => part.metric(name, { statistic: Stats.MAXIMUM });
  const cpu = worst('CPUUtilization');
  const capacity = worst('ACUUtilization');
  const connections = worst('DatabaseConnections');
  const lag = worst('AuroraReplicaLagMaximum');
  const used = part.metric('VolumeBytesUsed', { statistic: Stats.MAXIMUM });
  const grown = new MathExpression({
    expression: 'DIFF(used) / 1073741824',
    usingMetrics: { used },
    label: 'GiB a day',
  });
  return {
    alarms: [
      ['Database CPU', cpu],
      ['Database capacity', capacity],
      ['Database connections', percentOfLimit(connections, maxConnections(config), 'of the connections, %')],
      ['Storage growth', grown],
      ...(config.readers > 0 ? [['Replica lag', lag] as const] : []),
    ],
    widgets: [
      graph('processor and capacity, %', [cpu, capacity]),
      graph('connections', [connections]),
      graph('replica lag, ms', [lag]),
      graph('commits and deadlocks a second', [worst('CommitThroughput'), worst('Deadlocks')]),
      graph('latency, ms', [worst('CommitLatency'), worst('SelectLatency')]),
      graph('data, bytes', [used]),
    ],
  };
};

/** The proxy is there to share connections: one that it cannot share is a fault of a statement. */
export const watchProxy: Watcher = (part) => {
  if (!(part instanceof DatabaseProxy)) return undefined;
  const metric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/RDS',
      metricName,
      dimensionsMap: { ProxyName: part.dbProxyName },
      statistic: Stats.SUM,
      // How many there are is written each minute: the sum of a longer time would count them over and over.
      period: Duration.minutes(1),
    });
  const pinned = metric('DatabaseConnectionsCurrentlySessionPinned');
  return {
    alarms: [['Pinned sessions', pinned]],
    widgets: [
      graph('connections borrowed and pinned', [metric('DatabaseConnectionsCurrentlyBorrowed'), pinned]),
      graph('clients', [metric('ClientConnections'), metric('ClientConnectionsSetupFailedAuth')]),
    ],
  };
};

/**
 * What Aurora makes of the capacity: AWS lists 189 for 1 unit, 823 for 4, 1,669 for 8 and 3,360 for 16, which is this line, with a cap.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
 */
function maxConnections({ databaseCapacity: { min, max } }: StageConfig): number {
  return Math.min(Math.floor(211.4 * max) - 22, min <= 0.5 ? 2_000 : 5_000);
}
