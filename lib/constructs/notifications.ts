import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { type NotifierEnv, notificationQueueName } from '../../lambdas/entry/notifier.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import { ClinicFunction } from './clinic-function.ts';
import type { Database } from './database.ts';
import type { Mail } from './mail.ts';
import type { Network } from './network.ts';
import { maySend, Queue } from './queue.ts';

export interface NotificationsProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
  readonly mail: Mail;
}

/** How people are told: a queue of what there is to tell, and the function that tells it by mail and SMS. */
export class Notifications extends Construct {
  readonly queue: Queue;
  private readonly props: NotificationsProps;

  constructor(scope: Construct, id: string, props: NotificationsProps) {
    super(scope, id);
    this.props = props;
    const { config } = props;
    this.queue = new Queue(this, 'Queue', {
      config,
      name: notificationQueueName(config.stage),
      handlerTimeout: NOTIFIER_TIMEOUT,
    });
  }

  /** For `ClinicFunction`s that tell the notifier something, together with `grantTell`. */
  get environment() {
    return { NOTIFICATION_QUEUE_URL: this.queue.queue.queueUrl };
  }

  /** Lets a function put something into the queue. */
  grantTell({ function: teller }: Pick<ClinicFunction, 'function'>): void {
    maySend(teller, this.queue.queue);
  }

  /** Adds the function that sends. Links in its e-mails lead to `apiUrl`, with a slash at its end. */
  addNotifier(apiUrl: string): void {
    const { config, network, database, mail } = this.props;
    const notifier = new ClinicFunction<NotifierEnv>(this, 'Notifier', {
      entry: 'notifier',
      environment: {
        ...database.environment('notifier'),
        ...this.environment,
        MAIL_FROM: mail.from,
        MAIL_CONFIGURATION_SET: mail.configurationSet.configurationSetName,
        API_URL: apiUrl,
      },
      config,
      network,
      timeout: NOTIFIER_TIMEOUT,
    });
    database.grantConnect(notifier.function, 'notifier');
    mail.grantSend(notifier.function);
    this.grantSms(notifier);
    notifier.live.addEventSource(
      new SqsEventSource(this.queue.queue, {
        batchSize: 10,
        reportBatchItemFailures: true,
        // SES and SNS take so many a second; more at once would only be told to wait.
        maxConcurrency: 5,
      }),
    );
    Validations.of(notifier.live).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason:
        'Only streams have such a destination. What failed five times goes to the dead-letter queue of the queue itself.',
    });
  }

  /** To telephones alone, which have no ARN: to whatever is no topic. https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html */
  private grantSms({ function: sender }: Pick<ClinicFunction, 'function'>): void {
    const topics = Stack.of(this).formatArn({ service: 'sns', region: '*', account: '*', resource: '*' });
    sender.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], notResources: [topics] }));
    if (!sender.role) throw new Error(`${sender.node.path} needs a role.`);
    Validations.of(sender.role).acknowledge({
      id: `MedBook::ResourcesAreNamed[sns:Publish on all but ${ALL_TOPICS}]`,
      reason: 'A telephone is no resource; all that is one, every topic, is excepted.',
    });
  }
}

/** A provider that does not answer costs 5 seconds, and a batch has ten messages, side by side. */
const NOTIFIER_TIMEOUT = Duration.seconds(30);

const ALL_TOPICS = 'arn:<AWS::Partition>:sns:*:*:*';
