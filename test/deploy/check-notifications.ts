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

/**
 * Guarantee 4: all notifications are delivered. A message that cannot be processed goes to the dead-letter queue, where
 * the operator's tool lists and replays it.
 */
export async function checkNotifications({ aws, step }: CheckContext): Promise<void> {
  await step('All notifications are delivered', () => withDatabaseOwner(aws, expectAllDelivered));
  const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: getNotificationQueueName('prod') }));
  await step('dlq list prints a message that failed', async () => {
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: POISON_MESSAGE }));
    await waitFor(
      'the message is in the dead-letter queue',
      90,
      async () => (await runDlqTool('list')).includes(POISON_MESSAGE) || undefined,
    );
  });
  await step('dlq replay moves it back, and it fails again', async () => {
    const replayed = await runDlqTool('replay');
    assert.match(replayed, /replayed {2}This is no message of ours\./);
    assert.match(replayed, /\n1 replayed\.\n$/);
    await waitFor(
      'the replayed message is in the dead-letter queue again',
      90,
      async () => (await runDlqTool('list')).includes(POISON_MESSAGE) || undefined,
    );
  });
}

async function expectAllDelivered(db: Db): Promise<void> {
  let statusCounts: readonly StatusCount[] = [];
  const isFinished = ({ status }: StatusCount) => status === 'sent' || status === 'suppressed';
  const delivery = waitFor('every notification is sent or suppressed, and more than three are sent', 150, async () => {
    const { rows } = await db.query<StatusCount>(
      `select status, reason, count(*)::int from notifications group by status, reason
       union all select 'not planned', null, count(*)::int from outbox where published_at is null having count(*) > 0`,
    );
    statusCounts = rows;
    const sent = statusCounts.find(({ status }) => status === 'sent')?.count ?? 0;
    return (statusCounts.every(isFinished) && sent > 3) || undefined;
  });
  await delivery.catch((cause: unknown) => {
    throw new Error(`Not all notifications were delivered: ${JSON.stringify(statusCounts)}`, { cause });
  });
}

interface StatusCount {
  readonly status: string;
  readonly reason: string | null;
  readonly count: number;
}

/** Runs the operator's tool, `npm run dlq`, and returns its output. */
async function runDlqTool(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['bin/dlq.ts', command, '--stage', 'prod'], {
    cwd: PROJECT,
  });
  return stdout;
}
