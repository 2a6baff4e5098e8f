import { GraphWidget, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Measure } from './watched.ts';

/** A graph of measures of the same unit. */
export function graph(title: string, left: readonly Measure[], label?: string): GraphWidget {
  return new GraphWidget({ title, left: [...left], width: 8, height: 6, leftYAxis: { min: 0, label } });
}

/** How many percent one count is of another, and 0 while there are fewer than `atLeast` to judge by. */
export function percentOf(part: Metric, whole: Metric, label: string, atLeast = 1): MathExpression {
  return new MathExpression({
    expression: `IF(FILL(whole, 0) >= ${atLeast}, 100 * FILL(part, 0) / whole, 0)`,
    usingMetrics: { part, whole },
    label,
  });
}

/** A measure as percents of a limit. */
export function percentOfLimit(measure: Metric, limit: number, label: string): MathExpression {
  return new MathExpression({ expression: `100 * measure / ${limit}`, usingMetrics: { measure }, label });
}
