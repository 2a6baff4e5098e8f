import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Backup } from '../data/backup.ts';
import { createMetricFactory } from './function-metrics.ts';
import { createGraph, createLimitPercentage } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/** The metrics of jobs that produced no snapshot or copy. An expired job did not start in time. */
const FAILURES = [
  'NumberOfBackupJobsFailed',
  'NumberOfBackupJobsExpired',
  'NumberOfBackupJobsAborted',
  'NumberOfCopyJobsFailed',
];

/** Watches the snapshots: failed jobs at once, and the age of the newest one, which shows everything else. */
export const watchBackup: Watcher = (part, config) => {
  if (!(part instanceof Backup)) return undefined;
  const createMetric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/Backup',
      metricName,
      dimensionsMap: { BackupVaultName: part.vault.backupVaultName },
      statistic: Stats.SUM,
      period: Duration.hours(1),
    });
  const usingMetrics = Object.fromEntries(FAILURES.map((name, i) => [`failures${i}`, createMetric(name)]));
  const failures = new MathExpression({
    // AWS Backup records a metric only when it has a value.
    expression: Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    usingMetrics,
    label: 'failed jobs',
    period: Duration.hours(1),
  });
  const age = createMetricFactory(config)('BackupAgeSeconds', Stats.MAXIMUM, Duration.hours(1));
  return {
    alarms: [
      ['Failed backups', failures],
      ['Old backup', createLimitPercentage(age, part.maxAge.toSeconds(), 'of the allowed age, %')],
    ],
    widgets: [
      createGraph('snapshots: completed and failed jobs', [createMetric('NumberOfBackupJobsCompleted'), failures]),
      createGraph('snapshots: age of the newest, s', [age]),
    ],
  };
};
