import { GraphWidget, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Measure } from './watcher.ts';

/** Creates a graph of measures that share a unit. */
export function createGraph(title: string, left: readonly Measure[], label?: string): GraphWidget {
  return new GraphWidget({ title, left: [...left], width: 8, height: 6, leftYAxis: { min: 0, label } });
}

/** Creates the percentage of one count in another; 0 while `whole` is below `minimumWhole`. */
export function createPercentage(part: Metric, whole: Metric, label: string, minimumWhole = 1): MathExpression {
  return new MathExpression({
    expression: `IF(FILL(whole, 0) >= ${minimumWhole}, 100 * FILL(part, 0) / whole, 0)`,
    usingMetrics: { part, whole },
    label,
  });
}

/** Creates the percentage of a measure in a fixed limit of the same unit. */
export function createLimitPercentage(measure: Metric, limit: number, label: string): MathExpression {
  return new MathExpression({ expression: `100 * measure / ${limit}`, usingMetrics: { measure }, label });
}
