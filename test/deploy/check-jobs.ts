import assert from 'node:assert/strict';
import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Aws } from './aws-clients.ts';
import { type CheckContext, PROD, waitFor } from './check-context.ts';
import { readOwnerSecret, withDatabaseOwner } from './database-owner.ts';
import { findResource, listStackResources } from './stack.ts';

/** Guarantee 3: jobs run on their schedules, failures are kept, and no function has a secret in its environment. */
export async function checkJobs({ aws, step }: CheckContext): Promise<void> {
  const job = await findResource(aws, PROD.service, 'AWS::Lambda::Function', 'GenerateSlots');
  await step('A job runs on its schedule', async () => {
    await withDatabaseOwner(aws, (db) => db.query(`delete from availability_slots where ${LATE_FREE_SLOTS}`));
    await scheduleEveryMinute(aws, await findResource(aws, PROD.service, 'AWS::Scheduler::Schedule', 'GenerateSlots'));
    await waitFor('the job has created the deleted slots again', 90, () =>
      withDatabaseOwner(
        aws,
        async (db) => (await db.query(`select from availability_slots where ${LATE_FREE_SLOTS} limit 1`)).rows[0],
      ),
    );
  });
  await step('A failed run goes to the dead-letter queue', () => expectDeadLetter(aws, job));
  await step('No function has a secret in its environment', () => expectNoSecrets(aws));
}

/** A condition for free slots that are later than every appointment of the checks. */
const LATE_FREE_SLOTS = `start_time > now() + interval '10 days' and status = 'free'`;

async function scheduleEveryMinute(aws: Aws, Name: string): Promise<void> {
  const { GroupName, FlexibleTimeWindow, Target } = await aws.scheduler.send(new GetScheduleCommand({ Name }));
  const ScheduleExpression = 'rate(1 minute)';
  await aws.scheduler.send(
    new UpdateScheduleCommand({ Name, GroupName, FlexibleTimeWindow, Target, ScheduleExpression }),
  );
}

/** The alias that all callers of a function use. */
const LIVE = 'live';

/**
 * Makes a version live that has the database role of another function, so that IAM and RDS Proxy refuse the connection.
 * Invokes it as a schedule does, and waits for the message in the dead-letter queue.
 */
async function expectDeadLetter(aws: Aws, FunctionName: string): Promise<void> {
  const live = { FunctionName, Qualifier: LIVE };
  const { DestinationConfig } = await aws.lambda.send(new GetFunctionEventInvokeConfigCommand(live));
  const queueArn = DestinationConfig?.OnFailure?.Destination;
  if (!queueArn) throw new Error(`${FunctionName} has no dead-letter queue: failed runs would be lost.`);
  const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':').at(-1) }));

  const alias = { FunctionName, Name: LIVE };
  const { FunctionVersion } = await aws.lambda.send(new GetAliasCommand(alias));
  const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand(live));
  const Variables = { ...Environment?.Variables, DB_USER: 'create_admin' };
  await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  const { Version } = await aws.lambda.send(new PublishVersionCommand({ FunctionName }));
  await aws.lambda.send(new UpdateAliasCommand({ ...alias, FunctionVersion: Version }));
  await aws.lambda.send(new InvokeCommand({ ...live, InvocationType: 'Event', Payload: '{}' }));
  await waitFor(`the failed run of ${FunctionName} is in its dead-letter queue`, 60, async () => {
    const { Messages = [] } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    return Messages[0];
  });
  await aws.lambda.send(new UpdateAliasCommand({ ...alias, FunctionVersion }));
}

async function expectNoSecrets(aws: Aws): Promise<void> {
  const { password } = await readOwnerSecret(aws);
  const stacks = await Promise.all(Object.values(PROD).map((stack) => listStackResources(aws, stack)));
  const functions = stacks.flat().filter(({ ResourceType }) => ResourceType === 'AWS::Lambda::Function');
  assert.ok(functions.length >= 8, `Only ${functions.length} functions are deployed.`);
  for (const { PhysicalResourceId: FunctionName } of functions) {
    const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    for (const [name, value] of Object.entries(Environment?.Variables ?? {})) {
      assert.ok(!value.includes(password), `${FunctionName} has the owner's password in ${name}.`);
      assert.doesNotMatch(
        name,
        /PASSWORD|TOKEN|PRIVATE|API_?KEY|SECRET(?!_ARN$)/i,
        `${FunctionName} has a secret in ${name}.`,
      );
    }
  }
}
