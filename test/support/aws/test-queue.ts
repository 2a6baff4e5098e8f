import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { connectQueue, type NotificationQueue } from '../../../lambdas/notifications/notification-queue.ts';
import { getQueueUrl, startSqs } from '../../../local/sqs/sqs.ts';

/** A real queue on the loopback interface with a single consumer. */
export interface TestQueue {
  readonly url: string;
  readonly queue: NotificationQueue;
  /** Receives and deletes all messages; returns their bodies. */
  receiveAll(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a queue for a test. */
export async function startTestQueue(): Promise<TestQueue> {
  const sqs = await startSqs();
  await sqs.createQueue({ name: 'notifications' });
  const url = getQueueUrl(sqs.endpoint, 'notifications');
  process.env.AWS_ENDPOINT_URL_SQS = sqs.endpoint;
  const client = new SQSClient({});
  return {
    url,
    queue: connectQueue(url),
    async receiveAll() {
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
