import { parseArgs } from 'node:util';
import { SQSClient } from '@aws-sdk/client-sqs';
import { getNotificationQueueName } from '../lambdas/entry/notifier.contract.ts';
import { readState } from '../local/system/local-state.ts';
import { findDeadLetterQueue } from './dead-letter-queue.ts';

const USAGE = `npm run dlq -- list|replay [<messageId> ...] [--stage dev|staging|prod]

Messages that failed five times are in a dead-letter queue. list shows them and changes nothing. replay moves all of them, or those with
the given message ids, back to the notifier's queue for five more attempts. A notification that was sent meanwhile, or is outdated, is not
sent.
Without --stage, the command uses the local system started with npm start (from the folder MEDBOOK_FOLDER, if it is set). With --stage,
it uses a deployed stage and your AWS credentials.`;

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { stage: { type: 'string' } } });
  const [command, ...messageIds] = positionals;
  if ((command !== 'list' && command !== 'replay') || (command === 'list' && messageIds.length > 0))
    throw new Error(USAGE);
  const client = values.stage ? new SQSClient({ useQueueUrlAsEndpoint: false }) : createLocalClient();
  const deadLetterQueue = await findDeadLetterQueue(client, getNotificationQueueName(values.stage ?? 'dev'));
  if (command === 'list') await listDeadLetters();
  else await replayDeadLetters(messageIds);

  async function listDeadLetters(): Promise<void> {
    let count = 0;
    for await (const { id, sentAt, body } of deadLetterQueue.read()) {
      console.log(`${id}  since ${sentAt.toISOString()}  ${body}`);
      count += 1;
    }
    console.log(count === 0 ? 'The dead-letter queue is empty.' : `Total: ${count}.`);
  }

  async function replayDeadLetters(selectedIds: readonly string[]): Promise<void> {
    const missing = new Set(selectedIds);
    let replayed = 0;
    for await (const letter of deadLetterQueue.read()) {
      if (selectedIds.length > 0 && !missing.delete(letter.id)) continue;
      await deadLetterQueue.replay(letter);
      console.log(`${letter.id}  replayed  ${letter.body}`);
      replayed += 1;
    }
    console.log(`${replayed} replayed.`);
    if (missing.size > 0) throw new Error(`Not in the dead-letter queue: ${[...missing].join(', ')}.`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function createLocalClient(): SQSClient {
  const { sqsEndpoint: endpoint, region } = readState();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
}
