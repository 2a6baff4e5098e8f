import { METRICS, type MetricName } from '../../lambdas/shared/metrics.contract.ts';
import { listApiMetricCosts } from './api-metrics.ts';
import { METRIC_SHARES_AT_REST } from './assumptions.ts';
import { type CostPart, sum } from './cost-line.ts';
import { findResources, isObject, type Resource, readList, readNumber, readValue } from './resources.ts';

/** Alarms, dashboards and our own metrics. */
export const MONITORING_COSTS: CostPart = {
  types: [
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::CompositeAlarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::ApiGateway::Stage',
  ],
  listAtRest: (resources) => {
    const alarmMetrics = findResources(resources, 'AWS::CloudWatch::Alarm').map(countMetrics);
    return [
      { what: 'alarms, by their metrics', price: 'alarmMetric', quantity: sum(alarmMetrics) },
      {
        what: 'composite alarms',
        price: 'compositeAlarm',
        quantity: findResources(resources, 'AWS::CloudWatch::CompositeAlarm').length,
      },
      {
        what: 'dashboards',
        price: 'dashboard',
        quantity: findResources(resources, 'AWS::CloudWatch::Dashboard').length,
      },
      { what: 'metrics of jobs', price: 'customMetric', quantity: sum(METRIC_NAMES.map(getShareAtRest)) },
    ];
  },
  listInUse: (resources) => [
    ...listApiMetricCosts(resources),
    {
      what: 'metrics of requests',
      price: 'customMetric',
      quantity: METRIC_NAMES.filter((name) => getShareAtRest(name) === 0).length,
    },
  ],
};

/** An alarm on an expression is billed for each metric that the expression reads. */
function countMetrics(alarm: Resource): number {
  const metrics = readList(alarm, 'Metrics');
  const isHighResolution = readValue(alarm, 'Period') !== undefined && readNumber(alarm, 'Period') < 60;
  if (isHighResolution) throw new Error(`${alarm.path}: the cost model has no price for a period below 60 seconds.`);
  return metrics.length === 0 ? 1 : metrics.filter((metric) => isObject(metric) && 'MetricStat' in metric).length;
}

const METRIC_NAMES = Object.keys(METRICS) as MetricName[];
const getShareAtRest = (name: MetricName) => METRIC_SHARES_AT_REST[name];
