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

export interface DeadLetter {
  readonly id: string;
  /** When it was sent first. */
  readonly since: Date;
  readonly body: string;
  readonly receiptHandle: string;
}

/** The dead-letter queue of a queue. */
export interface DeadLetters {
  /** Every letter that is there at first, once. What was not replayed can be seen by others again at the end. */
  read(): AsyncGenerator<DeadLetter>;
  /** Puts a letter into the queue that it came from, and takes it out of this one. */
  replay(letter: DeadLetter): Promise<void>;
}

/** For how long nobody else sees what one run has read. Whoever sees it again after that only puts it back twice. */
const HIDDEN_SECONDS = 300;

/**
 * Finds the dead-letter queue of a queue by its name, in the account and region of the client.
 * @throws a sentence when there is no such queue
 */
export async function deadLettersOf(client: SQSClient, queueName: string): Promise<DeadLetters> {
  const queueUrl = await urlOf(queueName);
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] }),
  );
  const { deadLetterTargetArn } = redrivePolicy.parse(JSON.parse(Attributes?.RedrivePolicy ?? '{}'));
  const deadLetterUrl = await urlOf(deadLetterTargetArn.split(':').at(-1) ?? '');

  return {
    async *read() {
      const seen = new Map<string, DeadLetter>();
      try {
        for (let known = -1; seen.size > known; ) {
          known = seen.size;
          for (const letter of await receive()) seen.set(letter.id, letter);
        }
        // Not before all are known: what is replayed and fails again would come back as another one, for ever.
        yield* seen.values();
      } finally {
        await show([...seen.values()]);
      }
    },
    async replay({ body, receiptHandle }) {
      const { data } = notifierMessageText.safeParse(body);
      // What cannot be read goes back as it is: a newer notifier may know it.
      const MessageBody = data ? JSON.stringify({ ...data, revive: true }) : body;
      // Sent first: two of the same do no harm, none does.
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
      await client.send(new DeleteMessageCommand({ QueueUrl: deadLetterUrl, ReceiptHandle: receiptHandle }));
    },
  };

  async function urlOf(name: string): Promise<string> {
    try {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      return QueueUrl ?? '';
    } catch (cause) {
      if (cause instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(cause.name)) {
        throw new Error(`There is no queue ${name} in this account and region.`, { cause });
      }
      throw cause;
    }
  }

  async function receive(): Promise<DeadLetter[]> {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: deadLetterUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: HIDDEN_SECONDS,
        // Asks all of SQS's servers, and not a sample of them.
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes }) => ({
      id: MessageId,
      since: new Date(Number(Attributes?.SentTimestamp)),
      body: Body,
      receiptHandle: ReceiptHandle,
    }));
  }

  /** What has been deleted meanwhile is refused one by one, which is as it should be. */
  async function show(letters: readonly DeadLetter[]): Promise<void> {
    for (let at = 0; at < letters.length; at += 10) {
      const Entries = letters
        .slice(at, at + 10)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLetterUrl, Entries }));
    }
  }
}

const redrivePolicy = z.object({ deadLetterTargetArn: z.string() });
