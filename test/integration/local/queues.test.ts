import { rmSync } from 'node:fs';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startEventSources } from '../../../local/aws/events/event-sources.ts';
import { createSesEventPublisher } from '../../../local/aws/events/ses-event-publisher.ts';
import { createLambdaPool } from '../../../local/aws/lambda/lambda-pool.ts';
import { createDeployment } from '../../../local/aws/templates/deployment.ts';
import { getQueueRefs, readQueues } from '../../../local/aws/templates/queues.ts';
import { readTemplates } from '../../../local/aws/templates/templates.ts';
import { getQueueUrl, type LocalSqs, startSqs } from '../../../local/sqs/sqs.ts';
import { createFunctionResource, writeSynthesizedApp } from '../../support/aws/synthesized-app.ts';

// Logs every event, and fails in the way that the body of a message names.
const READER = `
export const handler = async (event) => {
  console.log(JSON.stringify(event));
  if (event.Records.some(({ body }) => body === 'throw')) throw new Error('thrown');
  if (event.Records.some(({ body }) => body === 'nonsense')) return { batchItemFailures: [{}] };
  return { batchItemFailures: event.Records.filter(({ body }) => body === 'fail').map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

const TEMPLATE = {
  Resources: {
    Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
    Main: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: 'medbook-test',
        VisibilityTimeout: 1,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
      },
    },
    Reader: createFunctionResource('reader'),
    Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Reader' }, Name: 'live' } },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        BatchSize: 10,
        EventSourceArn: { 'Fn::GetAtt': ['Main', 'Arn'] },
        FunctionName: { 'Fn::Join': ['', [{ Ref: 'Reader' }, ':live']] },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    },
    Rules: { Type: 'AWS::SES::ConfigurationSet', Properties: {} },
    Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: { Protocol: 'lambda', TopicArn: { Ref: 'Topic' }, Endpoint: { Ref: 'Live' } },
    },
    Destination: {
      Type: 'AWS::SES::ConfigurationSetEventDestination',
      Properties: {
        ConfigurationSetName: { Ref: 'Rules' },
        EventDestination: { MatchingEventTypes: ['bounce'], SnsDestination: { TopicARN: { Ref: 'Topic' } } },
      },
    },
  },
};

const app = writeSynthesizedApp({ Service: TEMPLATE }, { reader: READER });
const templates = readTemplates(app);
const lines: string[] = [];
let sqs: LocalSqs;
let client: SQSClient;
let stop: () => Promise<void>;
let publishEmailEvent: ReturnType<typeof createSesEventPublisher>;

beforeAll(async () => {
  sqs = await startSqs();
  client = new SQSClient({
    endpoint: sqs.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const values = getQueueRefs(templates, (name) => getQueueUrl(sqs.endpoint, name));
  const deployment = createDeployment(templates, { region: 'us-east-1', values });
  expect(deployment.resolve({ Ref: 'Main' }, templates.stacks[0] ?? expect.fail())).toBe(
    getQueueUrl(sqs.endpoint, 'medbook-test'),
  );
  for (const queue of readQueues(deployment)) await sqs.createQueue(queue);
  const log = (source: string, line: string) => void lines.push(`${source} ${line}`);
  const lambdas = createLambdaPool(deployment, { log });
  publishEmailEvent = createSesEventPublisher(deployment, lambdas, log);
  const sources = startEventSources(deployment, { lambdas, sqsEndpoint: sqs.endpoint, log });
  stop = async () => {
    const stoppingAt = performance.now();
    await Promise.all([sources.stop(), lambdas.stop()]);
    expect(performance.now() - stoppingAt).toBeLessThan(5_000);
  };
});

afterAll(async () => {
  await stop();
  client.destroy();
  await sqs.stop();
  rmSync(app, { recursive: true });
});

const send = (MessageBody: string) =>
  client.send(new SendMessageCommand({ QueueUrl: getQueueUrl(sqs.endpoint, 'medbook-test'), MessageBody }));

/** Counts the messages in a queue, including hidden ones. */
async function countMessages(queue: string): Promise<number> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: getQueueUrl(sqs.endpoint, queue), AttributeNames: ['All'] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
}

describe('a queue of the templates', () => {
  test('delivers its messages to its function, and deletes the processed ones', async () => {
    await Promise.all(['one', 'two', 'three'].map(send));
    await vi.waitFor(() => {
      for (const body of ['one', 'two', 'three']) expect(lines.join('\n')).toContain(`"body":"${body}"`);
    }, 10_000);
    expect(lines.join('\n')).toContain('"eventSourceARN":"arn:aws:sqs:us-east-1:000000000000:medbook-test"');
    await vi.waitFor(async () => expect(await countMessages('medbook-test')).toBe(0), 10_000);
    expect(await countMessages('Dead')).toBe(0);
  });

  test.each(['fail', 'throw', 'nonsense'])(
    'delivers a failed message (%s) as often as the template allows, and moves it to the dead-letter queue',
    async (body) => {
      const before = await countMessages('Dead');
      await send(body);
      await vi.waitFor(async () => expect(await countMessages('Dead')).toBe(before + 1), 15_000);
      expect(await countMessages('medbook-test')).toBe(0);
      expect(lines.filter((line) => line.includes(`"body":"${body}"`))).toHaveLength(2);
    },
  );
});

test('an SES event invokes the function that the template subscribes to its type', async () => {
  await publishEmailEvent('Rules', { eventType: 'Delivery' });
  await publishEmailEvent('Others', { eventType: 'Bounce' });
  await publishEmailEvent('Rules', { eventType: 'Bounce' });
  const snsEvents = lines.filter((line) => line.includes('aws:sns'));
  expect(snsEvents).toHaveLength(1);
  expect(snsEvents[0]).toContain('"Message":"{\\"eventType\\":\\"Bounce\\"}"');
});
