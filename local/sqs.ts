import { buildApp } from 'fauxqs';

export interface QueueOptions {
  readonly name: string;
  /** Where a message goes that was received `maxReceiveCount` times and never deleted; it must be there already. */
  readonly deadLetter?: { readonly queueName: string; readonly maxReceiveCount: number };
  /** For how long a received message is hidden from others; SQS says 30 when absent. */
  readonly visibilityTimeoutSeconds?: number;
}

export interface LocalSqs {
  readonly endpoint: string;
  createQueue(queue: QueueOptions): Promise<void>;
  stop(): Promise<void>;
}

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

/** Starts an SQS server on loopback. Queues and messages are in memory: a stop loses them. */
export async function startSqs(options: { port?: number } = {}): Promise<LocalSqs> {
  // Not its startFauxqs, which listens on every interface.
  const app = buildApp({ logger: false, defaultRegion: REGION });
  const endpoint = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  return { endpoint, createQueue, stop: () => app.close() };

  async function createQueue({ name, deadLetter, visibilityTimeoutSeconds: hidden }: QueueOptions): Promise<void> {
    const redrive = deadLetter && {
      deadLetterTargetArn: queueArn(deadLetter.queueName),
      maxReceiveCount: deadLetter.maxReceiveCount,
    };
    const answer = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.CreateQueue' },
      payload: JSON.stringify({
        QueueName: name,
        Attributes: {
          ...(hidden !== undefined && { VisibilityTimeout: String(hidden) }),
          ...(redrive && { RedrivePolicy: JSON.stringify(redrive) }),
        },
      }),
    });
    if (answer.statusCode !== 200) throw new Error(`The queue ${name} could not be made: ${answer.body}`);
  }
}

/** The address of a queue, which can be called as it is. */
export const queueUrl = (endpoint: string, name: string) => `${endpoint}/${ACCOUNT}/${name}`;

const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
