import {
  DeleteMessageBatchCommand,
  type Message,
  MessageSystemAttributeName,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { getQueueUrl } from '../../sqs/sqs.ts';
import type { InvokeResult } from '../lambda/lambda-instance.ts';
import type { Lambda, LambdaPool } from '../lambda/lambda-pool.ts';
import type { Log } from '../log.ts';
import type { Deployment } from '../templates/deployment.ts';

/** A queue and the function that processes its messages. */
interface EventSource {
  readonly queueArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  /** How many batches are processed at the same time. */
  readonly concurrency: number;
  /** Whether the function reports which messages failed; otherwise a batch succeeds or fails as a whole. */
  readonly reportsBatchItemFailures: boolean;
}

const eventSourceMappingSchema = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number().default(10),
  Enabled: z.boolean().default(true),
  FunctionResponseTypes: z.array(z.string()).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }).optional(),
});

/** The enabled event sources of the templates. */
function readEventSources({ templates, read }: Deployment): EventSource[] {
  return templates.getResources('AWS::Lambda::EventSourceMapping').flatMap((resource) => {
    const { EventSourceArn, FunctionName, BatchSize, Enabled, FunctionResponseTypes, ScalingConfig } = read(
      resource,
      eventSourceMappingSchema,
    );
    if (!Enabled) return [];
    return {
      queueArn: EventSourceArn,
      functionName: FunctionName,
      batchSize: BatchSize,
      concurrency: ScalingConfig?.MaximumConcurrency ?? 5,
      reportsBatchItemFailures: FunctionResponseTypes.includes('ReportBatchItemFailures'),
    };
  });
}

interface EventSourceOptions {
  readonly lambdas: LambdaPool;
  readonly sqsEndpoint: string;
  readonly log: Log;
}

/**
 * Polls the queues and invokes their functions, as Lambda does: processed messages are deleted, and failed messages become visible
 * again after their visibility timeout. `stop` waits for the batches in progress; stop the functions as well to interrupt them.
 */
export function startEventSources(deployment: Deployment, { lambdas, sqsEndpoint, log }: EventSourceOptions) {
  const stopping = new AbortController();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint: sqsEndpoint, region: deployment.region, credentials });
  const pollLoops = readEventSources(deployment).flatMap((source) => {
    const lambda = lambdas.get(source.functionName);
    return Array.from({ length: source.concurrency }, () => poll(source, lambda));
  });
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(pollLoops);
      client.destroy();
    },
  };

  async function poll(source: EventSource, lambda: Lambda): Promise<void> {
    const url = getQueueUrl(sqsEndpoint, source.queueArn.split(':').at(-1) ?? '');
    while (!stopping.signal.aborted) {
      const messages = await receive(url, source.batchSize);
      if (messages.length === 0) continue;
      const result = await lambda.invoke(toSqsEvent(messages, source, deployment.region));
      const deletableEntries = listDeletableEntries(messages, result, source);
      if (deletableEntries.length < messages.length) {
        const reason = result.ok ? '' : `: ${result.error.errorType}: ${result.error.errorMessage}`;
        log(
          'sqs',
          `${lambda.name} failed to process ${messages.length - deletableEntries.length} of ${messages.length} messages${reason}`,
        );
      }
      if (deletableEntries.length > 0)
        await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: deletableEntries }));
    }
  }

  async function receive(url: string, maxMessages: number): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: Math.min(maxMessages, 10),
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

function toSqsEvent(messages: readonly Message[], { queueArn }: EventSource, awsRegion: string): SQSEvent {
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

const batchResponseSchema = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

/** Returns the messages to delete: none if the function's response is invalid, which Lambda also treats as a failure. */
function listDeletableEntries(
  messages: readonly Message[],
  result: InvokeResult,
  { reportsBatchItemFailures }: EventSource,
) {
  const entries = messages.map(({ MessageId = '', ReceiptHandle = '' }) => ({ Id: MessageId, ReceiptHandle }));
  if (!result.ok) return [];
  if (!reportsBatchItemFailures || result.payload === null || result.payload === undefined) return entries;
  const parsed = batchResponseSchema.safeParse(result.payload);
  if (!parsed.success) return [];
  const failed = new Set(parsed.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  return entries.filter(({ Id }) => !failed.has(Id));
}
