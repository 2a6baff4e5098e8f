import { parseArgs } from 'node:util';
import { SQSClient } from '@aws-sdk/client-sqs';
import { notificationQueueName } from '../lambdas/entry/notifier.contract.ts';
import { readState } from '../local/state.ts';
import { deadLettersOf } from './dead-letters.ts';

const USAGE = `npm run dlq -- list|replay [<messageId> ...] [--stage dev|staging|prod]

Notifications that failed five times wait in a dead-letter queue. list shows them and changes nothing. replay puts them, or those named,
back into the notifier's queue, to be tried five times anew; what has been sent meanwhile, or is no longer true, is not sent.
Without --stage at the system that npm start runs here (in the folder MEDBOOK_FOLDER, if it was started with one); with it at a
deployed stage, with your AWS credentials.`;

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { stage: { type: 'string' } } });
  const [command, ...messageIds] = positionals;
  if ((command !== 'list' && command !== 'replay') || (command === 'list' && messageIds.length > 0))
    throw new Error(USAGE);
  const client = values.stage ? new SQSClient({ useQueueUrlAsEndpoint: false }) : localClient();
  const deadLetters = await deadLettersOf(client, notificationQueueName(values.stage ?? 'dev'));
  if (command === 'list') await list();
  else await replay(messageIds);

  async function list(): Promise<void> {
    let shown = 0;
    for await (const { id, since, body } of deadLetters.read()) {
      console.log(`${id}  since ${since.toISOString()}  ${body}`);
      shown += 1;
    }
    console.log(shown === 0 ? 'No notification has failed for good.' : `${shown} in all.`);
  }

  async function replay(wanted: readonly string[]): Promise<void> {
    const missing = new Set(wanted);
    let replayed = 0;
    for await (const letter of deadLetters.read()) {
      if (wanted.length > 0 && !missing.delete(letter.id)) continue;
      await deadLetters.replay(letter);
      console.log(`${letter.id}  put back  ${letter.body}`);
      replayed += 1;
    }
    console.log(`${replayed} put back.`);
    if (missing.size > 0) throw new Error(`Not in the dead-letter queue: ${[...missing].join(', ')}.`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function localClient(): SQSClient {
  const { sqsEndpoint: endpoint, region } = readState();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
}
