import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { getNotificationQueueName, type NotifierEnv } from '../../../lambdas/entry/notifier.contract.ts';
import type { StageConfig } from '../../config/stages.ts';
import type { Database } from '../data/database.ts';
import { ClinicFunction } from '../functions/clinic-function.ts';
import type { Network } from '../network/network.ts';
import { renderArn } from '../shared/render-arn.ts';
import type { EmailSender } from './email-sender.ts';
import { grantSendMessage, Queue } from './queue.ts';

/** Props of `Notifications`. */
export interface NotificationsProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
  readonly emailSender: EmailSender;
}

/** The notification queue, and the function that sends its notifications by email and SMS. */
export class Notifications extends Construct {
  readonly queue: Queue;
  private readonly props: NotificationsProps;

  constructor(scope: Construct, id: string, props: NotificationsProps) {
    super(scope, id);
    this.props = props;
    const { config } = props;
    this.queue = new Queue(this, 'Queue', {
      config,
      name: getNotificationQueueName(config.stage),
      handlerTimeout: NOTIFIER_TIMEOUT,
    });
  }

  /** The environment variables to enqueue notifications. Also call `grantEnqueue`. */
  get environment() {
    return { NOTIFICATION_QUEUE_URL: this.queue.queue.queueUrl };
  }

  /** Lets a function enqueue notifications. */
  grantEnqueue({ function: sender }: Pick<ClinicFunction, 'function'>): void {
    grantSendMessage(sender, this.queue.queue);
  }

  /** Adds the function that sends. Links in its emails start with `apiUrl`, which ends with a slash. */
  addNotifier(apiUrl: string): void {
    const { config, network, database, emailSender } = this.props;
    const notifier = new ClinicFunction<NotifierEnv>(this, 'Notifier', {
      entry: 'notifier',
      environment: {
        ...this.environment,
        MAIL_FROM: emailSender.from,
        MAIL_CONFIGURATION_SET: emailSender.configurationSet.configurationSetName,
        API_URL: apiUrl,
      },
      config,
      network,
      timeout: NOTIFIER_TIMEOUT,
      concurrency: config.concurrency.notifier,
    });
    database.connect(notifier.function, 'notifier');
    emailSender.grantSend(notifier.function);
    this.grantSms(notifier);
    notifier.liveAlias.addEventSource(
      new SqsEventSource(this.queue.queue, {
        batchSize: 10,
        reportBatchItemFailures: true,
        // SES and SNS limit the rate per second; more concurrency would only be throttled.
        maxConcurrency: 5,
      }),
    );
    Validations.of(notifier.liveAlias).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason:
        'Only streams support such a destination. A message that failed five times goes to the queue’s own dead-letter queue.',
    });
  }

  /**
   * Allows SMS only. Phone numbers have no ARN, so the statement excludes all topics instead.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html
   */
  private grantSms({ function: sender }: Pick<ClinicFunction, 'function'>): void {
    const topicArns = Stack.of(this).formatArn({ service: 'sns', region: '*', account: '*', resource: '*' });
    sender.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], notResources: [topicArns] }));
    if (!sender.role) throw new Error(`${sender.node.path} needs a role.`);
    Validations.of(sender.role).acknowledge({
      id: `MedBook::ResourcesAreNamed[sns:Publish on all but ${renderArn(this, topicArns)}]`,
      reason: 'Phone numbers are not resources; all topics, which are, are excluded.',
    });
  }
}

/** A batch's ten messages are sent in parallel, and the timeout for a provider's response is 5 seconds. */
const NOTIFIER_TIMEOUT = Duration.seconds(30);
