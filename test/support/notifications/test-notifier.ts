import { randomUUID } from 'node:crypto';
import type { SNSEvent, SQSEvent } from 'aws-lambda';
import { handleEmailFeedback } from '../../../lambdas/notifications/handle-email-feedback.ts';
import { handleQueueMessages } from '../../../lambdas/notifications/handle-queue-messages.ts';
import { connectSes } from '../../../lambdas/notifications/ses-provider.ts';
import { connectSns } from '../../../lambdas/notifications/sns-provider.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import type { TestProvider } from './test-provider.ts';

/** The notifier as Lambda invokes it, on connections of its own role. */
export interface TestNotifier {
  /** Handles the messages as one batch, each received for the `received`th time. Returns the positions of the failed ones. */
  handle(bodies: readonly (object | string)[], received?: number): Promise<number[]>;
  /** Handles the provider's events since the last call. */
  handleProviderEvents(): Promise<void>;
  /** The visibility timeouts of failed messages, in seconds. */
  readonly hiddenSeconds: number[];
}

/** Creates a notifier that sends through this provider. `connect` opens a connection as a role. */
export function createTestNotifier(connect: (role: string) => Db, provider: TestProvider): TestNotifier {
  process.env.AWS_ENDPOINT_URL_SESV2 = provider.endpoint;
  process.env.AWS_ENDPOINT_URL_SNS = provider.endpoint;
  const hiddenSeconds: number[] = [];
  const deps = {
    db: connect('notifier'),
    queue: {
      send: async () => undefined,
      hide: async (_handle: string, seconds: number) => void hiddenSeconds.push(seconds),
    },
    prepareEmail: connectSes({ from: 'no-reply@medbook.example', configurationSet: 'rules' }),
    prepareSms: connectSns(),
    mailFrom: 'no-reply@medbook.example',
    apiUrl: 'https://api.medbook.example/',
    remainingMilliseconds: () => 30_000,
  };
  const eventsDb = connect('email_events');
  return {
    hiddenSeconds,
    async handle(bodies, received = 1) {
      const event = createSqsEvent(bodies, received);
      const { batchItemFailures } = await handleQueueMessages(deps, event);
      return batchItemFailures
        .map(({ itemIdentifier }) => event.Records.findIndex(({ messageId }) => messageId === itemIdentifier))
        .sort();
    },
    async handleProviderEvents() {
      for (const Message of provider.events.splice(0)) await handleEmailFeedback(eventsDb, createEmailEvent(Message));
    },
  };
}

/** Creates an SNS event with the message. */
export const createEmailEvent = (Message: string) => ({ Records: [{ Sns: { Message } }] }) as SNSEvent;

/** Creates an SQS event with the message bodies. */
export function createSqsEvent(bodies: readonly (object | string)[], received = 1): SQSEvent {
  return {
    Records: bodies.map((body) => ({
      messageId: randomUUID(),
      receiptHandle: randomUUID(),
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: {
        ApproximateReceiveCount: String(received),
        SentTimestamp: '0',
        SenderId: '',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:notifications',
      awsRegion: 'us-east-1',
    })),
  };
}
