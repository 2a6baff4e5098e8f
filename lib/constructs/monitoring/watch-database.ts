import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { DatabaseCluster, DatabaseProxy } from 'aws-cdk-lib/aws-rds';
import { getMaxConnections } from '../../config/sizes.ts';
import { createGraph, createLimitPercentage } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/** Watches a database cluster by the highest value of its instances. */
export const watchDatabase: Watcher = (part, config) => {
  if (!(part instanceof DatabaseCluster)) return undefined;
  const createMaximum = (name: string) => part.metric(name, { statistic: Stats.MAXIMUM });
  const cpu = createMaximum('CPUUtilization');
  const capacity = createMaximum('ACUUtilization');
  const connections = createMaximum('DatabaseConnections');
  const lag = createMaximum('AuroraReplicaLagMaximum');
  const used = part.metric('VolumeBytesUsed', { statistic: Stats.MAXIMUM });
  const dailyGrowth = new MathExpression({
    expression: 'DIFF(used) / 1073741824',
    usingMetrics: { used },
    label: 'GiB a day',
  });
  return {
    alarms: [
      ['Database CPU', cpu],
      ['Database capacity', capacity],
      [
        'Database connections',
        createLimitPercentage(connections, getMaxConnections(config.databaseCapacity), 'of the connections, %'),
      ],
      ['Storage growth', dailyGrowth],
      ...(config.readers > 0 ? [['Replica lag', lag] as const] : []),
    ],
    widgets: [
      createGraph('processor and capacity, %', [cpu, capacity]),
      createGraph('connections', [connections]),
      createGraph('replica lag, ms', [lag]),
      createGraph('commits and deadlocks a second', [createMaximum('CommitThroughput'), createMaximum('Deadlocks')]),
      createGraph('latency, ms', [createMaximum('CommitLatency'), createMaximum('SelectLatency')]),
      createGraph('data, bytes', [used]),
    ],
  };
};

/** Watches RDS Proxy. A pinned session, whose connection cannot be shared, is caused by one of our statements. */
export const watchProxy: Watcher = (part) => {
  if (!(part instanceof DatabaseProxy)) return undefined;
  const createMetric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/RDS',
      metricName,
      dimensionsMap: { ProxyName: part.dbProxyName },
      statistic: Stats.SUM,
      // The current number is recorded each minute: the sum over a longer period would count a session repeatedly.
      period: Duration.minutes(1),
    });
  const pinnedSessions = createMetric('DatabaseConnectionsCurrentlySessionPinned');
  return {
    alarms: [['Pinned sessions', pinnedSessions]],
    widgets: [
      createGraph('connections borrowed and pinned', [
        createMetric('DatabaseConnectionsCurrentlyBorrowed'),
        pinnedSessions,
      ]),
      createGraph('clients', [createMetric('ClientConnections'), createMetric('ClientConnectionsSetupFailedAuth')]),
    ],
  };
};
