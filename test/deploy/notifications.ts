import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { notificationQueueName } from '../../lambdas/entry/notifier.contract.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { PROJECT } from './cdk.ts';
import { asDeployedOwner } from './owner.ts';
import { eventually, type Trial } from './trial.ts';

const POISON = 'This is no message of ours.';

/** Promise 4: what there is to tell is told; what cannot be told waits where a person finds it, and has it tried anew. */
export async function checkNotifications({ aws, step }: Trial): Promise<void> {
  await step('All that was booked and cancelled has been told', () => asDeployedOwner(aws, everythingIsTold));
  const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: notificationQueueName('prod') }));
  await step('A poisoned message ends in the dead-letter queue, and is listed', async () => {
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: POISON }));
    await eventually('the tool lists it', 90, async () => (await dlq('list')).includes(POISON) || undefined);
  });
  await step('The tool puts it back, where it fails again', async () => {
    const replayed = await dlq('replay');
    assert.match(replayed, /put back {2}This is no message of ours\./);
    assert.match(replayed, /\n1 put back\.\n$/);
    await eventually('it is back', 90, async () => (await dlq('list')).includes(POISON) || undefined);
  });
}

async function everythingIsTold(db: Db): Promise<void> {
  let states: readonly State[] = [];
  const isTold = ({ status }: State) => status === 'sent' || status === 'suppressed';
  const asking = eventually('every notification is settled, and some are sent', 150, async () => {
    const { rows } = await db.query<State>(
      `select status, reason, count(*)::int from notifications group by status, reason
       union all select 'not planned', null, count(*)::int from outbox where published_at is null having count(*) > 0`,
    );
    states = rows;
    const sent = states.find(({ status }) => status === 'sent')?.count ?? 0;
    return (states.every(isTold) && sent > 3) || undefined;
  });
  await asking.catch((cause: unknown) => {
    throw new Error(`Not all was told: ${JSON.stringify(states)}`, { cause });
  });
}

interface State {
  readonly status: string;
  readonly reason: string | null;
  readonly count: number;
}

/** What the operator's tool prints. */
async function dlq(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['bin/dlq.ts', command, '--stage', 'prod'], {
    cwd: PROJECT,
  });
  return stdout;
}
