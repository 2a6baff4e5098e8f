import { Duration } from 'aws-cdk-lib';
import { Schedule, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { ClinicFunction, type ClinicFunctionProps } from '../functions/clinic-function.ts';
import { DeadLetterQueue } from '../messaging/dead-letter-queue.ts';
import { grantSendMessage } from '../messaging/queue.ts';
import { createScheduleRole } from './create-schedule-role.ts';

/** Props of `ScheduledJob`. */
export interface ScheduledJobProps<Environment> extends Omit<ClinicFunctionProps<Environment>, 'concurrency'> {
  /** A rate of at most a day, so that missed runs can be detected. */
  readonly schedule: ScheduleExpression;
}

/**
 * A function that runs on a schedule, one run at a time where the stage reserves concurrency. Runs may be late,
 * repeated or skipped, so a job must act on the present state. The event of a run that failed after its retries, or
 * could not be started, becomes a dead letter.
 */
export class ScheduledJob<Environment extends Readonly<Record<string, string>> = never> extends Construct {
  /** The function that the schedule invokes. */
  readonly job: ClinicFunction<Environment>;
  readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, { schedule, ...props }: ScheduledJobProps<Environment>) {
    super(scope, id);
    this.job = new ClinicFunction<Environment>(this, 'Job', { ...props, concurrency: 1 });
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', { config: props.config });
    const { liveAlias } = this.job;
    const { queue } = this.deadLetters;

    // The schedule invokes the function asynchronously, so Lambda retries when it throws, not the schedule.
    const retryOptions = { retryAttempts: 2, maxEventAge: Duration.hours(1) };
    grantSendMessage(liveAlias, queue);
    liveAlias.configureAsyncInvoke({ ...retryOptions, onFailure: { bind: () => ({ destination: queue.queueArn }) } });

    const role = createScheduleRole(this);
    grantSendMessage(role, queue);
    new Schedule(this, 'Schedule', {
      schedule,
      target: new LambdaInvoke(liveAlias, { ...retryOptions, deadLetterQueue: queue, role }),
    });
  }
}
