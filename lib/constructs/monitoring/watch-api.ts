import { SpecRestApi } from 'aws-cdk-lib/aws-apigateway';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { createGraph } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/** Watches the API, with all of its routes together. */
export const watchApi: Watcher = (part) => {
  if (!(part instanceof SpecRestApi)) return undefined;
  const serverErrorRate = new MathExpression({
    // API Gateway records 0 or 1 for each request, so the average is the rate.
    expression: '100 * rate',
    usingMetrics: { rate: part.metricServerError({ statistic: Stats.AVERAGE }) },
    label: '5xx, %',
  });
  const latency = part.metricLatency({ statistic: Stats.p(99) });
  return {
    alarms: [
      ['High 5xx rate', serverErrorRate],
      ['API latency', latency],
    ],
    widgets: [
      createGraph('requests', [part.metricCount({ statistic: Stats.SUM })]),
      createGraph('4xx and 5xx responses', [
        part.metricClientError({ statistic: Stats.SUM }),
        part.metricServerError({ statistic: Stats.SUM }),
      ]),
      createGraph('latency, ms', [part.metricLatency({ statistic: Stats.p(50) }), latency]),
    ],
  };
};
