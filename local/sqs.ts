import { buildApp } from 'fauxqs';

export interface QueueOptions {
  readonly name: string;
  /** Where a message goes that was received `maxReceiveCount` times and never deleted. */
  readonly deadLetter?: { readonly queueName: string; readonly maxReceiveCount: number };
  /** For how long a received message is hidden from others; SQS says 30 when absent. */
  readonly visibilityTimeoutSeconds?: number;
}

export interface LocalSqs {
  readonly endpoint: string;
  /** By name, the dead-letter queues among them. The URLs can be called as they are. */
  readonly queues: Readonly<Record<string, { readonly url: string; readonly arn: string }>>;
  stop(): Promise<void>;
}

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

/** Starts an SQS server on loopback with these queues. Messages are in memory: a stop loses them. */
export async function startSqs(options: { queues: readonly QueueOptions[]; port?: number }): Promise<LocalSqs> {
  // Not its startFauxqs, which listens on every interface.
  const app = buildApp({ logger: false, defaultRegion: REGION });
  const endpoint = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const deadLetters = options.queues.flatMap(({ deadLetter }) => deadLetter?.queueName ?? []);
  // Before the queues that name them.
  for (const name of deadLetters) await create({ name });
  for (const queue of options.queues) if (!deadLetters.includes(queue.name)) await create(queue);
  const names = [...deadLetters, ...options.queues.map(({ name }) => name)];
  const queues = names.map((name) => [name, { url: `${endpoint}/${ACCOUNT}/${name}`, arn: arnOf(name) }]);
  return { endpoint, queues: Object.fromEntries(queues), stop: () => app.close() };

  async function create({ name, deadLetter, visibilityTimeoutSeconds: hidden }: QueueOptions): Promise<void> {
    const redrive = deadLetter && {
      deadLetterTargetArn: arnOf(deadLetter.queueName),
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

const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
