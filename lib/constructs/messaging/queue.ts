import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Queue as SqsQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { getQueueDefaults } from './queue-defaults.ts';

/** Props of `Queue`. */
export interface QueueProps {
  readonly config: StageConfig;
  /** Unique in the account and region. The dead-letter queue and `npm run dlq` refer to the queue by this name. */
  readonly name: string;
  /** The timeout of the function that handles its messages. */
  readonly handlerTimeout: Duration;
}

/**
 * A standard SQS queue: at-least-once delivery, encrypted, TLS only. A message that failed five times becomes a dead
 * letter.
 */
export class Queue extends Construct {
  /** For `grantSendMessage`, event sources and metrics. */
  readonly queue: SqsQueue;
  readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, { config, name: queueName, handlerTimeout }: QueueProps) {
    super(scope, id);
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', { config, sourceQueueName: queueName });
    this.queue = new SqsQueue(this, 'Resource', {
      ...getQueueDefaults(this, config),
      queueName,
      // AWS recommends six times the function's timeout, so that a batch does not reappear while Lambda retries it.
      visibilityTimeout: Duration.seconds(6 * handlerTimeout.toSeconds()),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount: 5 },
    });
  }
}

/**
 * Lets a principal send to a queue. CDK's own grants omit the key (for a schedule) or use action wildcards (for a
 * function).
 */
export function grantSendMessage(sender: IGrantable, queue: SqsQueue): void {
  queue.grant(sender, 'sqs:SendMessage');
  queue.encryptionMasterKey?.grant(sender, 'kms:GenerateDataKey', 'kms:Decrypt');
}
