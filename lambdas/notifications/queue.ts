import type { SQSClient } from '@aws-sdk/client-sqs';
import type * as z from 'zod';
import { type NotifierMessage, type notifierMessage, notifierMessageText } from '../entry/notifier.contract.ts';
import { circuit } from '../shared/circuit.ts';
import { logError } from '../shared/log.ts';

/** The queue of the notifier. */
export interface NotificationQueue {
  /** @throws when the queue did not take all of them */
  send(messages: readonly NotifierMessage[]): Promise<void>;
  /** Hides a message that was received, until it is received again. */
  hide(receiptHandle: string, seconds: number): Promise<void>;
}

/** SQS takes ten at once. */
const BATCH = 10;

/** The queue, whose SDK client is loaded when it is first needed: most requests do not. */
export function connectQueue(url: string): NotificationQueue {
  let loading: Promise<{ sdk: Sdk; client: SQSClient }> | undefined;
  const load = () => (loading ??= loadSdk());

  async function sendBatch(messages: readonly NotifierMessage[]): Promise<void> {
    const { sdk, client } = await load();
    const Entries = messages.map((message, index) => ({ Id: String(index), MessageBody: JSON.stringify(message) }));
    const { Failed = [] } = await client.send(new sdk.SendMessageBatchCommand({ QueueUrl: url, Entries }));
    if (Failed.length > 0) throw new Error(`The queue did not take ${Failed.length} messages: ${Failed[0]?.Code}`);
  }

  return {
    async send(messages) {
      for (let at = 0; at < messages.length; at += BATCH) await sendBatch(messages.slice(at, at + BATCH));
    },
    async hide(receiptHandle, seconds) {
      const { sdk, client } = await load();
      await client.send(
        new sdk.ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
  };
}

type Sdk = typeof import('@aws-sdk/client-sqs');

async function loadSdk() {
  const sdk = await import('@aws-sdk/client-sqs');
  // SQS is asked where every service of AWS is; the URL only names the queue.
  return { sdk, client: new sdk.SQSClient({ useQueueUrlAsEndpoint: false }) };
}

const PATIENCE_MILLISECONDS = 300;

/** Tells the notifier of what a request did, after its commit. */
export type TellNotifier = (requestId: string) => Promise<void>;

/** As well as it can: nobody fails or waits for long because the queue is away, and what it was not told the relay tells it within a minute. */
export function tellNotifierBy(queue: NotificationQueue): TellNotifier {
  const { run } = circuit({
    patienceMilliseconds: PATIENCE_MILLISECONDS,
    clock: () => performance.now(),
    onFailure: (error) => logError('notifier_not_told', error),
  });
  return async (request) => void (await run(() => queue.send([{ request }])));
}

/** What a message of the queue asks for; undefined when it is nothing that we sent. */
export function readMessage(body: string): z.output<typeof notifierMessage> | undefined {
  return notifierMessageText.safeParse(body).data;
}
