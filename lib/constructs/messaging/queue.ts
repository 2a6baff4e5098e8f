import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  QueueEncryption,
  RedrivePermission,
  Queue as SqsQueue,
  type QueueProps as SqsQueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { getQueuesKey } from '../shared/encryption-keys.ts';

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
      ...queueDefaults(this, config),
      queueName,
      // AWS recommends six times the function's timeout, so that a batch does not reappear while Lambda retries it.
      visibilityTimeout: Duration.seconds(6 * handlerTimeout.toSeconds()),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount: 5 },
    });
  }
}

/** Props of `DeadLetterQueue`. */
export interface DeadLetterQueueProps {
  readonly config: StageConfig;
  /**
   * The name of the only queue that may redrive messages here. @default - none: only principals with permission to send
   */
  readonly sourceQueueName?: string;
}

/** A queue that keeps failed messages for an operator for 14 days, the maximum of SQS. No function reads it. */
export class DeadLetterQueue extends Construct {
  /** For `grantSendMessage`, the `deadLetterQueue` of a target, destinations and metrics. */
  readonly queue: SqsQueue;

  constructor(scope: Construct, id: string, { config, sourceQueueName }: DeadLetterQueueProps) {
    super(scope, id);
    this.queue = new SqsQueue(this, 'Resource', {
      ...queueDefaults(this, config),
      retentionPeriod: Duration.days(14),
      redriveAllowPolicy: this.createRedriveAllowPolicy(sourceQueueName),
    });
    const reason = 'It is a dead-letter queue itself: an alarm watches its depth, and nothing consumes it.';
    Validations.of(this.queue).acknowledge(
      { id: 'AwsSolutions-SQS3', reason },
      { id: 'Serverless-SQSRedrivePolicy', reason },
    );
  }

  // Uses the name, because a reference to the source queue would be circular.
  private createRedriveAllowPolicy(queueName: string | undefined): SqsQueueProps['redriveAllowPolicy'] {
    if (queueName === undefined) return { redrivePermission: RedrivePermission.DENY_ALL };
    const arn = Stack.of(this).formatArn({
      service: 'sqs',
      resource: queueName,
      arnFormat: ArnFormat.NO_RESOURCE_NAME,
    });
    return {
      redrivePermission: RedrivePermission.BY_QUEUE,
      sourceQueues: [SqsQueue.fromQueueArn(this, 'Source', arn)],
    };
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

function queueDefaults(scope: Construct, config: StageConfig): SqsQueueProps {
  return { encryption: QueueEncryption.KMS, encryptionMasterKey: getQueuesKey(scope, config), enforceSSL: true };
}
