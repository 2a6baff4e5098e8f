import type { IWidget, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import type { RuleName } from './rules.ts';

/** What an alarm or a graph is about. */
export type Measure = Metric | MathExpression;

/** What is measured of a part: what rings, and what the dashboard shows. */
export interface Watched {
  readonly alarms: readonly (readonly [RuleName, Measure])[];
  readonly widgets: readonly IWidget[];
}

/** Says how a part is watched, if it is of the kind that this one knows. */
export type Watcher = (part: IConstruct, config: StageConfig) => Watched | undefined;
