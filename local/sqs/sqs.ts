import { buildApp } from 'fauxqs';

/** A queue to create. */
export interface QueueDefinition {
  readonly name: string;
  /** The dead-letter queue for messages received `maxReceiveCount` times without being deleted; it must already exist. */
  readonly deadLetter?: { readonly queueName: string; readonly maxReceiveCount: number };
  /** How long, in seconds, a received message is hidden from other receivers. @default 30 */
  readonly visibilityTimeoutSeconds?: number;
}

/** A running SQS server. */
export interface LocalSqs {
  readonly endpoint: string;
  createQueue(queue: QueueDefinition): Promise<void>;
  stop(): Promise<void>;
}

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

/** Starts an SQS server on loopback. Queues and messages are kept in memory and are lost when it stops. */
export async function startSqs(options: { port?: number } = {}): Promise<LocalSqs> {
  // Not startFauxqs, which listens on all interfaces.
  const app = buildApp({ logger: false, defaultRegion: REGION });
  const endpoint = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  return { endpoint, createQueue, stop: () => app.close() };

  async function createQueue({
    name,
    deadLetter,
    visibilityTimeoutSeconds: visibilityTimeout,
  }: QueueDefinition): Promise<void> {
    const redrivePolicy = deadLetter && {
      deadLetterTargetArn: getQueueArn(deadLetter.queueName),
      maxReceiveCount: deadLetter.maxReceiveCount,
    };
    const response = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.CreateQueue' },
      payload: JSON.stringify({
        QueueName: name,
        Attributes: {
          ...(visibilityTimeout !== undefined && { VisibilityTimeout: String(visibilityTimeout) }),
          ...(redrivePolicy && { RedrivePolicy: JSON.stringify(redrivePolicy) }),
        },
      }),
    });
    if (response.statusCode !== 200) throw new Error(`The queue ${name} could not be created: ${response.body}`);
  }
}

/** Returns the URL of a queue. */
export const getQueueUrl = (endpoint: string, name: string) => `${endpoint}/${ACCOUNT}/${name}`;

const getQueueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
