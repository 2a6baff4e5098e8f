import { Stack, Validations } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopicSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';

/**
 * The SNS topic for alarms and budget notifications: encrypted, TLS only, with the stage's `alarmEmail` and `alarmUrl`
 * as subscribers.
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    // Our own key, because the AWS-managed key of SNS does not let other AWS services publish.
    const key = new Key(this, 'Key', {
      description: `MedBook ${config.stage}: alarms`,
      enableKeyRotation: true,
      removalPolicy: getRemovalPolicy(config),
    });
    Validations.of(key).acknowledge({
      id: 'MedBook::ActionsAreNamed[kms:GenerateDataKey*]',
      reason:
        'CDK grants publishing to an encrypted topic with this wildcard. It covers four actions: for a key or a key pair, with or without plaintext.',
    });
    this.topic = new Topic(this, 'Alarms', {
      displayName: `MedBook ${config.stage}`,
      masterKey: key,
      enforceSSL: true,
    });
    for (const service of ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com']) {
      const servicePrincipal = new ServicePrincipal(service, {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      });
      this.topic.grantPublish(servicePrincipal);
    }
    if (config.alarmEmail) this.subscribe(new EmailSubscription(config.alarmEmail));
    if (config.alarmUrl) this.subscribe(new UrlSubscription(config.alarmUrl));
  }

  private subscribe(subscription: ITopicSubscription): void {
    Validations.of(this.topic.addSubscription(subscription)).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason:
        'The alarm for a dead-letter queue would use this same topic, so it could not be delivered either. The alarm still shows in CloudWatch.',
    });
  }
}
