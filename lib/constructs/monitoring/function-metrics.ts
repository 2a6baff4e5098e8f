import { Duration } from 'aws-cdk-lib';
import { Metric, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../../lambdas/shared/metrics.contract.ts';
import type { StageConfig } from '../../config/stages.ts';

/** Returns the value of `service`, a dimension of all metrics of the functions. */
export const getServiceName = ({ stage }: StageConfig): string => `MedBook-${stage}`;

/** Returns a function that creates metrics from those that a stage's functions publish, with the unit that they publish. */
export function createMetricFactory(config: StageConfig) {
  return (metricName: MetricName, statistic: string = Stats.SUM, period = Duration.minutes(5)): Metric =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { service: getServiceName(config) },
      statistic,
      period,
      unit: UNITS[METRICS[metricName]],
    });
}

const UNITS = { Count: Unit.COUNT, Seconds: Unit.SECONDS } as const;
