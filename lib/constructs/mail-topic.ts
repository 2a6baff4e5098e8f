import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ConfigurationSetEventDestination, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import type { ClinicFunction } from './clinic-function.ts';
import type { Mail } from './mail.ts';
import { DeadLetterQueue, maySend } from './queue.ts';

export interface MailTopicProps {
  readonly config: StageConfig;
  readonly mail: Mail;
  /** The function that hears of it. */
  readonly reader: Pick<ClinicFunction, 'live'>;
}

/**
 * What SES tells of our mails, on its way to a function: encrypted, over TLS only, because it has addresses in it. What could not be handed
 * over, and what the function failed at after its retries, ends in a dead-letter queue.
 */
export class MailTopic extends Construct {
  constructor(scope: Construct, id: string, { config, mail, reader }: MailTopicProps) {
    super(scope, id);
    const topic = this.topicFor(config);
    const { queue } = new DeadLetterQueue(this, 'DeadLetters', { config });
    // SNS itself sends what it could not hand over. The queue's policy lets it, by the subscription; its key does not yet.
    queue.encryptionMasterKey?.grant(this.service('sns'), 'kms:GenerateDataKey', 'kms:Decrypt');
    Validations.of(topic.addSubscription(new LambdaSubscription(reader.live, { deadLetterQueue: queue }))).acknowledge({
      id: 'CloudFormation-Validate::W3694',
      reason: 'An alias has the ARN of a function with its name behind it, and SNS takes it.',
    });
    maySend(reader.live, queue);
    reader.live.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: queue.queueArn }) },
    });
    new ConfigurationSetEventDestination(this, 'Events', {
      configurationSet: mail.configurationSet,
      destination: EventDestination.snsTopic(topic),
      events: EVENTS,
    });
  }

  private topicFor(config: StageConfig): Topic {
    const key = new Key(this, 'Key', {
      description: `MedBook ${config.stage}: what became of mails`,
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(config),
    });
    Validations.of(key).acknowledge({
      id: 'MedBook::ActionsAreNamed[kms:GenerateDataKey*]',
      reason:
        'So CDK grants publishing to an encrypted topic: there are four such actions, for a key or a pair, with and without the plain text.',
    });
    const topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    topic.grantPublish(this.service('ses'));
    return topic;
  }

  /** A service of AWS, for what is of this account. */
  private service(name: 'ses' | 'sns'): ServicePrincipal {
    return new ServicePrincipal(`${name}.amazonaws.com`, {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
  }
}

const EVENTS = [
  EmailSendingEvent.SEND,
  EmailSendingEvent.DELIVERY,
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
  EmailSendingEvent.REJECT,
];
