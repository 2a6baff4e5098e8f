import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { graph } from './graph.ts';
import type { Watcher } from './watched.ts';

/** By the API's name alone and not by its stage, which waits for all functions: so their rollouts can look at it. */
export const watchApi: Watcher = (part) => {
  if (!(part instanceof RestApi)) return undefined;
  const faults = new MathExpression({
    // API Gateway writes 0 or 1 for each request.
    expression: '100 * rate',
    usingMetrics: { rate: part.metricServerError({ statistic: Stats.AVERAGE }) },
    label: '5xx, %',
  });
  const latency = part.metricLatency({ statistic: Stats.p(99) });
  return {
    alarms: [
      ['API faults', faults],
      ['API latency', latency],
    ],
    widgets: [
      graph('requests', [part.metricCount({ statistic: Stats.SUM })]),
      graph('answers', [
        part.metricClientError({ statistic: Stats.SUM }),
        part.metricServerError({ statistic: Stats.SUM }),
      ]),
      graph('latency, ms', [part.metricLatency({ statistic: Stats.p(50) }), latency]),
    ],
  };
};
