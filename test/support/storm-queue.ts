import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { connectQueue, type NotificationQueue } from '../../lambdas/notifications/queue.ts';
import { queueUrl, startSqs } from '../../local/sqs.ts';

/** A real queue on loopback, and its one reader. */
export interface StormQueue {
  readonly url: string;
  readonly queue: NotificationQueue;
  /** Takes all that is in it, for good. Answers the bodies. */
  takeAll(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a queue for a test. */
export async function startStormQueue(): Promise<StormQueue> {
  const sqs = await startSqs();
  await sqs.createQueue({ name: 'notifications' });
  const url = queueUrl(sqs.endpoint, 'notifications');
  process.env.AWS_ENDPOINT_URL_SQS = sqs.endpoint;
  const client = new SQSClient({});
  return {
    url,
    queue: connectQueue(url),
    async takeAll() {
      const bodies: string[] = [];
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) return bodies;
        bodies.push(...Messages.map(({ Body = '' }) => Body));
        const Entries = Messages.map(({ ReceiptHandle }, place) => ({ Id: String(place), ReceiptHandle }));
        await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
      }
    },
    async stop() {
      client.destroy();
      await sqs.stop();
    },
  };
}
