import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ConfigurationSetEventDestination, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';
import type { ClinicFunction } from '../functions/clinic-function.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { EmailSender } from './email-sender.ts';
import { grantSendMessage } from './queue.ts';

/** Props of `EmailEventTopic`. */
export interface EmailEventTopicProps {
  readonly config: StageConfig;
  readonly emailSender: EmailSender;
  /** The function that receives the events. */
  readonly handler: Pick<ClinicFunction, 'liveAlias'>;
}

/**
 * An SNS topic that passes SES events about our emails to a function. It is encrypted and TLS only, because events
 * contain addresses. Events that cannot be delivered, or that the function fails on after its retries, become dead
 * letters.
 */
export class EmailEventTopic extends Construct {
  constructor(scope: Construct, id: string, { config, emailSender, handler }: EmailEventTopicProps) {
    super(scope, id);
    const topic = this.createTopic(config);
    const { queue } = new DeadLetterQueue(this, 'DeadLetters', { config });
    // SNS sends undelivered events to the queue. The subscription adds the permission to the queue's policy, but not to
    // its key.
    queue.encryptionMasterKey?.grant(this.createServicePrincipal('sns'), 'kms:GenerateDataKey', 'kms:Decrypt');
    Validations.of(
      topic.addSubscription(new LambdaSubscription(handler.liveAlias, { deadLetterQueue: queue })),
    ).acknowledge({
      id: 'CloudFormation-Validate::W3694',
      reason: 'The ARN of an alias is that of the function with the alias name appended, and SNS accepts it.',
    });
    grantSendMessage(handler.liveAlias, queue);
    handler.liveAlias.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: queue.queueArn }) },
    });
    new ConfigurationSetEventDestination(this, 'Events', {
      configurationSet: emailSender.configurationSet,
      destination: EventDestination.snsTopic(topic),
      events: EVENT_TYPES,
    });
  }

  private createTopic(config: StageConfig): Topic {
    const key = new Key(this, 'Key', {
      description: `MedBook ${config.stage}: email events`,
      enableKeyRotation: true,
      removalPolicy: getRemovalPolicy(config),
    });
    Validations.of(key).acknowledge({
      id: 'MedBook::ActionsAreNamed[kms:GenerateDataKey*]',
      reason:
        'CDK grants publishing to an encrypted topic with this wildcard. It covers four actions: for a key or a key pair, with or without plaintext.',
    });
    const topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    topic.grantPublish(this.createServicePrincipal('ses'));
    return topic;
  }

  /** Creates a service principal that is limited to resources of this account. */
  private createServicePrincipal(name: 'ses' | 'sns'): ServicePrincipal {
    return new ServicePrincipal(`${name}.amazonaws.com`, {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
  }
}

const EVENT_TYPES = [
  EmailSendingEvent.SEND,
  EmailSendingEvent.DELIVERY,
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
  EmailSendingEvent.REJECT,
];
