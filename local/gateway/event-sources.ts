import {
  DeleteMessageBatchCommand,
  type Message,
  MessageSystemAttributeName,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { queueUrl } from '../sqs.ts';
import type { Deployment } from './deployment.ts';
import type { InvokeResult } from './lambda-instance.ts';
import type { Lambda, LambdaPool } from './lambda-pool.ts';
import type { Log } from './log.ts';

/** A queue whose messages a function is given. */
interface EventSource {
  readonly queueArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  /** How many batches are worked on at once. */
  readonly concurrency: number;
  /** The function says which messages it failed at; else it fails at all or none. */
  readonly reportsFailures: boolean;
}

const mapping = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number().default(10),
  Enabled: z.boolean().default(true),
  FunctionResponseTypes: z.array(z.string()).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }).optional(),
});

/** The enabled event sources of the templates. */
function readEventSources({ templates, read }: Deployment): EventSource[] {
  return templates.resources('AWS::Lambda::EventSourceMapping').flatMap((resource) => {
    const { EventSourceArn, FunctionName, BatchSize, Enabled, FunctionResponseTypes, ScalingConfig } = read(
      resource,
      mapping,
    );
    if (!Enabled) return [];
    return {
      queueArn: EventSourceArn,
      functionName: FunctionName,
      batchSize: BatchSize,
      concurrency: ScalingConfig?.MaximumConcurrency ?? 5,
      reportsFailures: FunctionResponseTypes.includes('ReportBatchItemFailures'),
    };
  });
}

interface Options {
  readonly lambdas: LambdaPool;
  readonly sqsEndpoint: string;
  readonly log: Log;
}

/**
 * Gives functions the messages of their queues, as Lambda does: what a function has done is deleted, what it failed at appears again when
 * its time of hiding is over. `stop` waits for the batches under way: stop the functions together with it to cut them short.
 */
export function startEventSources(deployment: Deployment, { lambdas, sqsEndpoint, log }: Options) {
  const stopping = new AbortController();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint: sqsEndpoint, region: deployment.region, credentials });
  const pollers = readEventSources(deployment).flatMap((source) => {
    const lambda = lambdas.named(source.functionName);
    return Array.from({ length: source.concurrency }, () => poll(source, lambda));
  });
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(pollers);
      client.destroy();
    },
  };

  async function poll(source: EventSource, lambda: Lambda): Promise<void> {
    const url = queueUrl(sqsEndpoint, source.queueArn.split(':').at(-1) ?? '');
    while (!stopping.signal.aborted) {
      const messages = await receive(url, source.batchSize);
      if (messages.length === 0) continue;
      const result = await lambda.invoke(eventOf(messages, source, deployment.region));
      const done = doneOf(messages, result, source);
      if (done.length < messages.length) {
        const why = result.ok ? '' : `: ${result.error.errorType}: ${result.error.errorMessage}`;
        log('sqs', `${lambda.name} failed at ${messages.length - done.length} of ${messages.length} messages${why}`);
      }
      if (done.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: done }));
    }
  }

  async function receive(url: string, most: number): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: Math.min(most, 10),
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: [MessageSystemAttributeName.All],
    });
    try {
      return (await client.send(command, { abortSignal: stopping.signal })).Messages ?? [];
    } catch (error) {
      if (stopping.signal.aborted) return [];
      throw error;
    }
  }
}

function eventOf(messages: readonly Message[], { queueArn }: EventSource, awsRegion: string): SQSEvent {
  return {
    Records: messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: {
        ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '1',
        SentTimestamp: Attributes.SentTimestamp ?? '',
        SenderId: Attributes.SenderId ?? '',
        ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '',
      },
      messageAttributes: {},
      md5OfBody: MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion,
    })),
  };
}

const response = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

/** What may be deleted. Of an answer that is none, nothing: Lambda takes it for a failure too. */
function doneOf(messages: readonly Message[], result: InvokeResult, { reportsFailures }: EventSource) {
  const entries = messages.map(({ MessageId = '', ReceiptHandle = '' }) => ({ Id: MessageId, ReceiptHandle }));
  if (!result.ok) return [];
  if (!reportsFailures || result.payload === null || result.payload === undefined) return entries;
  const parsed = response.safeParse(result.payload);
  if (!parsed.success) return [];
  const failed = new Set(parsed.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  return entries.filter(({ Id }) => !failed.has(Id));
}
