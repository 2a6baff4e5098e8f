import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  QueueEncryption,
  RedrivePermission,
  Queue as SqsQueue,
  type QueueProps as SqsQueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { queuesKey } from './keys.ts';

export interface QueueProps {
  readonly config: StageConfig;
  /** Unique in the account and region: by it the dead-letter queue and operators know the queue. */
  readonly name: string;
  /** The time limit of the function that handles its messages. */
  readonly handlerTimeout: Duration;
}

/** Messages at least once: encrypted, over TLS only; what failed five times waits in a dead-letter queue of its own. */
export class Queue extends Construct {
  /** For `grantSendMessages`, event sources and metrics. */
  readonly queue: SqsQueue;
  readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, { config, name: queueName, handlerTimeout }: QueueProps) {
    super(scope, id);
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', { config, of: queueName });
    this.queue = new SqsQueue(this, 'Resource', {
      ...house(this, config),
      queueName,
      // Lambda asks for six times its limit, so that a batch in the middle of its retries does not appear again.
      visibilityTimeout: Duration.seconds(6 * handlerTimeout.toSeconds()),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount: 5 },
    });
  }
}

export interface DeadLetterQueueProps {
  readonly config: StageConfig;
  /** The name of the one queue that may move its failed messages here. @default - none: only a schedule or a function with the right to send */
  readonly of?: string;
}

/** Where what failed waits for a person, for as long as SQS keeps anything. Nothing reads it by itself. */
export class DeadLetterQueue extends Construct {
  /** For `grantSendMessages`, `deadLetterQueue` of a target, destinations and metrics. */
  readonly queue: SqsQueue;

  constructor(scope: Construct, id: string, { config, of }: DeadLetterQueueProps) {
    super(scope, id);
    this.queue = new SqsQueue(this, 'Resource', {
      ...house(this, config),
      retentionPeriod: Duration.days(14),
      redriveAllowPolicy: this.redriveFrom(of),
    });
    const reason = 'It is a dead-letter queue itself: an alarm on its depth calls a person, and nothing consumes it.';
    Validations.of(this.queue).acknowledge(
      { id: 'AwsSolutions-SQS3', reason },
      { id: 'Serverless-SQSRedrivePolicy', reason },
    );
  }

  // By its name, because the two queues cannot each refer to the other.
  private redriveFrom(queueName: string | undefined): SqsQueueProps['redriveAllowPolicy'] {
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

/** Lets somebody send to a queue. What CDK grants by itself lacks the key (a schedule) or names actions by wildcards (a function). */
export function maySend(sender: IGrantable, queue: SqsQueue): void {
  queue.grant(sender, 'sqs:SendMessage');
  queue.encryptionMasterKey?.grant(sender, 'kms:GenerateDataKey', 'kms:Decrypt');
}

function house(scope: Construct, config: StageConfig): SqsQueueProps {
  return { encryption: QueueEncryption.KMS, encryptionMasterKey: queuesKey(scope, config), enforceSSL: true };
}
