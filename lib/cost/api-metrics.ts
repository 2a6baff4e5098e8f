import { ROUTES } from '@medbook/contract/routes/api-functions';
import type { CostLine } from './cost-line.ts';
import { findResources, isObject, type Resource, readList } from './resources.ts';

/** Count, Latency, IntegrationLatency, 4XXError and 5XXError. */
const METRICS_PER_ROUTE = 5;

/** Returns what the metrics by route cost where a stage of API Gateway has them: they are billed as our own are. */
export function listApiMetricCosts(resources: readonly Resource[]): CostLine[] {
  const stages = findResources(resources, 'AWS::ApiGateway::Stage').filter((stage) =>
    readList(stage, 'MethodSettings').some((setting) => isObject(setting) && setting.MetricsEnabled === true),
  );
  const quantity = stages.length * ROUTES.length * METRICS_PER_ROUTE;
  return [{ what: 'metrics by route', price: 'customMetric', quantity }];
}
