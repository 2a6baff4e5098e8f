import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { METRIC_NAMESPACE, METRICS, type MetricName } from './metrics.contract.ts';

// The stage comes from POWERTOOLS_SERVICE_NAME.
const metrics = new Metrics({ namespace: METRIC_NAMESPACE });

/** Adds a value to a metric, in memory until `publishMetrics`. */
export function recordMetric(name: MetricName, value = 1): void {
  metrics.addMetric(name, METRICS[name], value);
}

/** Writes a log line that counts one 5xx response of the version that is running. */
export function publishServerError({ functionName, functionVersion }: Context): void {
  metrics
    .singleMetric()
    .addDimension('FunctionName', functionName)
    .addDimension('ExecutedVersion', functionVersion)
    .addMetric('ServerErrors', METRICS.ServerErrors, 1);
}

/** Writes the recorded metrics as one log line, from which CloudWatch extracts them. No network call is needed. */
export function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
