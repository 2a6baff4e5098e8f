import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { getNotificationQueueName } from '../../lambdas/entry/notifier.contract.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { PROJECT } from './cdk.ts';
import { type CheckContext, waitFor } from './check-context.ts';
import { withDatabaseOwner } from './database-owner.ts';

const POISON_MESSAGE = 'This is no message of ours.';

/** Promise 4: what there is to tell is told; what cannot be told waits where a person finds it, and has it tried anew. */
export async function checkNotifications({ aws, step }: CheckContext): Promise<void> {
  await step('All that was booked and cancelled has been told', () => withDatabaseOwner(aws, expectAllDelivered));
  const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: getNotificationQueueName('prod') }));
  await step('A poisoned message ends in the dead-letter queue, and is listed', async () => {
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: POISON_MESSAGE }));
    await waitFor(
      'the tool lists it',
      90,
      async () => (await runDlqTool('list')).includes(POISON_MESSAGE) || undefined,
    );
  });
  await step('The tool puts it back, where it fails again', async () => {
    const replayed = await runDlqTool('replay');
    assert.match(replayed, /replayed {2}This is no message of ours\./);
    assert.match(replayed, /\n1 replayed\.\n$/);
    await waitFor('it is back', 90, async () => (await runDlqTool('list')).includes(POISON_MESSAGE) || undefined);
  });
}

async function expectAllDelivered(db: Db): Promise<void> {
  let statusCounts: readonly StatusCount[] = [];
  const isFinished = ({ status }: StatusCount) => status === 'sent' || status === 'suppressed';
  const waiting = waitFor('every notification is settled, and some are sent', 150, async () => {
    const { rows } = await db.query<StatusCount>(
      `select status, reason, count(*)::int from notifications group by status, reason
       union all select 'not planned', null, count(*)::int from outbox where published_at is null having count(*) > 0`,
    );
    statusCounts = rows;
    const sent = statusCounts.find(({ status }) => status === 'sent')?.count ?? 0;
    return (statusCounts.every(isFinished) && sent > 3) || undefined;
  });
  await waiting.catch((cause: unknown) => {
    throw new Error(`Not all was told: ${JSON.stringify(statusCounts)}`, { cause });
  });
}

interface StatusCount {
  readonly status: string;
  readonly reason: string | null;
  readonly count: number;
}

/** What the operator's tool prints. */
async function runDlqTool(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['bin/dlq.ts', command, '--stage', 'prod'], {
    cwd: PROJECT,
  });
  return stdout;
}
