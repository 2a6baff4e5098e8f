import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import { RedrivePermission, Queue as SqsQueue, type QueueProps as SqsQueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { getQueueDefaults } from './queue-defaults.ts';

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
      ...getQueueDefaults(this, config),
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
