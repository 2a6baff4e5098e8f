import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { notifierMessageText } from '../lambdas/entry/notifier.contract.ts';

/** A message in the dead-letter queue. */
export interface DeadLetter {
  readonly id: string;
  /** When the message was first sent. */
  readonly sentAt: Date;
  readonly body: string;
  readonly receiptHandle: string;
}

/** The dead-letter queue of a queue. */
export interface DeadLetterQueue {
  /** Yields every dead letter that is in the queue at the start, once. At the end, those that were not replayed become visible again. */
  read(): AsyncGenerator<DeadLetter>;
  /** Sends a dead letter to its original queue and deletes it from this one. */
  replay(letter: DeadLetter): Promise<void>;
}

/** How long other runs do not see the messages that this run has read. After it a message could be replayed twice, which is harmless. */
const VISIBILITY_TIMEOUT_SECONDS = 300;

/**
 * Finds the dead-letter queue of a queue by the queue's name, in the account and region of the client.
 * @throws when there is no such queue
 */
export async function findDeadLetterQueue(client: SQSClient, queueName: string): Promise<DeadLetterQueue> {
  const queueUrl = await getQueueUrl(queueName);
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] }),
  );
  const { deadLetterTargetArn } = redrivePolicySchema.parse(JSON.parse(Attributes?.RedrivePolicy ?? '{}'));
  const deadLetterUrl = await getQueueUrl(deadLetterTargetArn.split(':').at(-1) ?? '');

  return {
    async *read() {
      const seen = new Map<string, DeadLetter>();
      try {
        for (let knownCount = -1; seen.size > knownCount; ) {
          knownCount = seen.size;
          for (const letter of await receive()) seen.set(letter.id, letter);
        }
        // Yields only after reading all: a replayed message that fails again returns as a new dead letter and would be read endlessly.
        yield* seen.values();
      } finally {
        await makeVisible([...seen.values()]);
      }
    },
    async replay({ body, receiptHandle }) {
      const { data } = notifierMessageText.safeParse(body);
      // A message that cannot be parsed is replayed unchanged: a newer notifier may accept it.
      const MessageBody = data ? JSON.stringify({ ...data, replay: true }) : body;
      // Sends before it deletes: a duplicate is harmless, a lost message is not.
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
      await client.send(new DeleteMessageCommand({ QueueUrl: deadLetterUrl, ReceiptHandle: receiptHandle }));
    },
  };

  async function getQueueUrl(name: string): Promise<string> {
    try {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      return QueueUrl ?? '';
    } catch (cause) {
      if (cause instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(cause.name)) {
        throw new Error(`The queue ${name} does not exist in this account and region.`, { cause });
      }
      throw cause;
    }
  }

  async function receive(): Promise<DeadLetter[]> {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: deadLetterUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: VISIBILITY_TIMEOUT_SECONDS,
        // Long polling: SQS queries all of its servers instead of a sample.
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes }) => ({
      id: MessageId,
      sentAt: new Date(Number(Attributes?.SentTimestamp)),
      body: Body,
      receiptHandle: ReceiptHandle,
    }));
  }

  /** Makes messages visible to other runs. SQS reports those deleted meanwhile as failed entries, which are ignored. */
  async function makeVisible(letters: readonly DeadLetter[]): Promise<void> {
    for (let start = 0; start < letters.length; start += 10) {
      const Entries = letters
        .slice(start, start + 10)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLetterUrl, Entries }));
    }
  }
}

const redrivePolicySchema = z.object({ deadLetterTargetArn: z.string() });
