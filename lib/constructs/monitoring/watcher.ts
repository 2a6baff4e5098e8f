import type { IWidget, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import type { AlarmRuleName } from './alarm-rules.ts';

/** A value that an alarm or a graph shows. */
export type Measure = Metric | MathExpression;

/** The alarms and the graphs of one part. */
export interface MonitoredPart {
  readonly alarms: readonly (readonly [AlarmRuleName, Measure])[];
  readonly widgets: readonly IWidget[];
}

/** Returns the alarms and graphs of a part, or undefined if it is of another type. */
export type Watcher = (part: IConstruct, config: StageConfig) => MonitoredPart | undefined;
