import { Duration, Stack } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { KEEP_ALIVE_EVENT } from '../../../lambdas/shared/keep-alive.contract.ts';
import { ClinicFunction } from '../functions/clinic-function.ts';
import { createScheduleRole } from './create-schedule-role.ts';
import { ScheduledJob } from './scheduled-job.ts';

/**
 * Invokes each function of its stack that has no schedule of its own once a day, through the alias that callers use.
 * Otherwise Lambda deactivates the live version after some idle weeks, and the next call fails, such as a sign-up, or the
 * rollback of a migration. Create it last in its stack, so that it finds all functions.
 */
export class KeepAlive extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const role = createScheduleRole(this);
    const functions = Stack.of(this)
      .node.findAll()
      .filter((part) => part instanceof ClinicFunction);
    for (const { liveAlias, node } of functions) {
      if (node.scopes.some((ancestor) => ancestor instanceof ScheduledJob)) continue;
      // The path without the stack.
      new Schedule(this, node.path.split('/').slice(1).join(' '), {
        schedule: ScheduleExpression.rate(Duration.days(1)),
        // Tomorrow's invocation replaces a failed one, so there is no dead-letter queue.
        target: new LambdaInvoke(liveAlias, {
          input: ScheduleTargetInput.fromObject(KEEP_ALIVE_EVENT),
          retryAttempts: 2,
          maxEventAge: Duration.hours(1),
          role,
        }),
      });
    }
  }
}
