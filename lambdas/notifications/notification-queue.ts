import type { SQSClient } from '@aws-sdk/client-sqs';
import type * as z from 'zod';
import { type NotifierMessage, type notifierMessage, notifierMessageText } from '../entry/notifier.contract.ts';
import { circuitBreaker } from '../shared/circuit-breaker.ts';
import { logError } from '../shared/log.ts';

/** The notifier's queue. */
export interface NotificationQueue {
  /** Sends messages. @throws when the queue did not accept all of them */
  send(messages: readonly NotifierMessage[]): Promise<void>;
  /** Hides a received message for some seconds; after that it can be received again. */
  hide(receiptHandle: string, seconds: number): Promise<void>;
}

/** The limit of SendMessageBatch. */
const BATCH_SIZE = 10;

/** Connects to the queue. The SDK client is loaded on first use, because most requests do not need it. */
export function connectQueue(url: string): NotificationQueue {
  let clientPromise: Promise<{ sdk: Sdk; client: SQSClient }> | undefined;
  const getClient = () => (clientPromise ??= loadSdk());

  async function sendBatch(messages: readonly NotifierMessage[]): Promise<void> {
    const { sdk, client } = await getClient();
    const Entries = messages.map((message, index) => ({ Id: String(index), MessageBody: JSON.stringify(message) }));
    const { Failed = [] } = await client.send(new sdk.SendMessageBatchCommand({ QueueUrl: url, Entries }));
    if (Failed.length > 0) throw new Error(`The queue did not accept ${Failed.length} messages: ${Failed[0]?.Code}`);
  }

  return {
    async send(messages) {
      for (let start = 0; start < messages.length; start += BATCH_SIZE)
        await sendBatch(messages.slice(start, start + BATCH_SIZE));
    },
    async hide(receiptHandle, seconds) {
      const { sdk, client } = await getClient();
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
  // Requests go to the same endpoint as for other AWS services; the queue URL only identifies the queue.
  return { sdk, client: new sdk.SQSClient({ useQueueUrlAsEndpoint: false }) };
}

const ENQUEUE_TIMEOUT_MILLISECONDS = 300;

/** Enqueues the notifications of a request, after its commit. */
export type EnqueueNotifications = (requestId: string) => Promise<void>;

/**
 * Returns a function that enqueues if it can: it never throws, and waits 300 ms at most. If the queue is unavailable, the relay enqueues
 * within a minute.
 */
export function createEnqueueNotifications(queue: NotificationQueue): EnqueueNotifications {
  const { run } = circuitBreaker({
    timeoutMilliseconds: ENQUEUE_TIMEOUT_MILLISECONDS,
    clock: () => performance.now(),
    onFailure: (error) => logError('enqueue_failed', error),
  });
  return async (request) => void (await run(() => queue.send([{ request }])));
}

/** Parses the body of a queue message. Returns undefined if MedBook did not send it. */
export function parseQueueMessage(body: string): z.output<typeof notifierMessage> | undefined {
  return notifierMessageText.safeParse(body).data;
}
