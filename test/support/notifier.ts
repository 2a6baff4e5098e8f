import { randomUUID } from 'node:crypto';
import type { SNSEvent, SQSEvent } from 'aws-lambda';
import { connectEmail } from '../../lambdas/notifications/email.ts';
import { noteMailEvents } from '../../lambdas/notifications/mail-events.ts';
import { handleMessages } from '../../lambdas/notifications/notifier.ts';
import { connectSms } from '../../lambdas/notifications/sms.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import type { Provider } from './provider.ts';

/** The notifier as Lambda calls it, on connections of its own role. */
export interface TestNotifier {
  /** Hands over messages in one batch, each received for the `received`th time. Answers which it failed at, by their place. */
  handle(bodies: readonly (object | string)[], received?: number): Promise<number[]>;
  /** Hands over what the provider has told since. */
  hearOfMails(): Promise<void>;
  /** For how long it has hidden messages that it failed at, in seconds. */
  readonly hidden: number[];
}

/** A notifier that sends by this provider. `connect` opens a connection as a role. */
export function notifierOn(connect: (role: string) => Db, provider: Provider): TestNotifier {
  process.env.AWS_ENDPOINT_URL_SESV2 = provider.endpoint;
  process.env.AWS_ENDPOINT_URL_SNS = provider.endpoint;
  const hidden: number[] = [];
  const deps = {
    db: connect('notifier'),
    queue: { send: async () => undefined, hide: async (_handle: string, seconds: number) => void hidden.push(seconds) },
    prepareEmail: connectEmail({ from: 'no-reply@medbook.example', configurationSet: 'rules' }),
    prepareSms: connectSms(),
    mailFrom: 'no-reply@medbook.example',
    apiUrl: 'https://api.medbook.example/',
    timeLeft: () => 30_000,
  };
  const events = connect('mail_events');
  return {
    hidden,
    async handle(bodies, received = 1) {
      const event = batchOf(bodies, received);
      const { batchItemFailures } = await handleMessages(deps, event);
      return batchItemFailures
        .map(({ itemIdentifier }) => event.Records.findIndex(({ messageId }) => messageId === itemIdentifier))
        .sort();
    },
    async hearOfMails() {
      for (const Message of provider.events.splice(0)) await noteMailEvents(events, mailEvent(Message));
    },
  };
}

/** What SNS hands over. */
export const mailEvent = (Message: string) => ({ Records: [{ Sns: { Message } }] }) as SNSEvent;

/** What SQS hands over. */
export function batchOf(bodies: readonly (object | string)[], received = 1): SQSEvent {
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
