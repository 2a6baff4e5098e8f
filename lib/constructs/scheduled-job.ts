import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { ClinicFunction, type ClinicFunctionProps } from './clinic-function.ts';
import { DeadLetterQueue, maySend } from './queue.ts';

export interface ScheduledJobProps<Environment> extends Omit<ClinicFunctionProps<Environment>, 'concurrency'> {
  readonly schedule: ScheduleExpression;
}

/**
 * A function that runs by the clock, one at a time. Deliveries may be late, doubled or skipped, so the job must look at the state
 * and not at the time. A run that failed after its retries, and one that could not even be started, end in a dead-letter queue.
 */
export class ScheduledJob<Environment extends Readonly<Record<string, string>> = never> extends Construct {
  readonly job: ClinicFunction<Environment>;
  readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, { schedule, ...props }: ScheduledJobProps<Environment>) {
    super(scope, id);
    this.job = new ClinicFunction<Environment>(this, 'Job', { ...props, concurrency: 1 });
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', { config: props.config });
    const { live } = this.job;
    const { queue } = this.deadLetters;

    // The schedule hands the event over and does not wait, so what the function throws is retried by Lambda and not by the schedule.
    const retries = { retryAttempts: 2, maxEventAge: Duration.hours(1) };
    maySend(live, queue);
    live.configureAsyncInvoke({ ...retries, onFailure: { bind: () => ({ destination: queue.queueArn }) } });

    const role = this.clock();
    maySend(role, queue);
    new Schedule(this, 'Schedule', {
      schedule,
      target: new LambdaInvoke(live, { ...retries, deadLetterQueue: queue, role }),
    });
  }

  /** The role of the schedule, which only a schedule of this account can take. */
  private clock(): Role {
    const { account } = Stack.of(this);
    const role = new Role(this, 'Clock', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    });
    Validations.of(role).acknowledge({
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The policy belongs to this one role and goes with it; a managed one could be attached to others.',
    });
    return role;
  }
}
