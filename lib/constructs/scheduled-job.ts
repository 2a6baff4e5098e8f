import { Schedule, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { ClinicFunction, type ClinicFunctionProps } from './clinic-function.ts';

export interface ScheduledJobProps<Environment> extends ClinicFunctionProps<Environment> {
  readonly schedule: ScheduleExpression;
}

/** A function that runs by the clock. Deliveries may be late, doubled or skipped, so the job must look at the state and not at the time. */
export class ScheduledJob<Environment extends Readonly<Record<string, string>> = never> extends Construct {
  readonly function: ClinicFunction<Environment>['function'];

  constructor(scope: Construct, id: string, { schedule, ...props }: ScheduledJobProps<Environment>) {
    super(scope, id);
    this.function = new ClinicFunction<Environment>(this, 'Job', props).function;
    new Schedule(this, 'Schedule', { schedule, target: new LambdaInvoke(this.function, { retryAttempts: 2 }) });
  }
}
