import { Stack, Validations } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopicSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { removalPolicyOf, type StageConfig } from '../../config/stages.ts';

/** Where alarms and the budget report to: encrypted, over TLS only, read by the stage's e-mail address and, if it names one, a chat or a pager. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    // A key of our own, because the one of SNS itself lets no other service of AWS send.
    const key = new Key(this, 'Key', {
      description: `MedBook ${config.stage}: alarms`,
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(config),
    });
    Validations.of(key).acknowledge({
      id: 'MedBook::ActionsAreNamed[kms:GenerateDataKey*]',
      reason:
        'So CDK grants publishing to an encrypted topic: there are four such actions, for a key or a pair, with and without the plain text.',
    });
    this.topic = new Topic(this, 'Alarms', {
      displayName: `MedBook ${config.stage}`,
      masterKey: key,
      enforceSSL: true,
    });
    for (const service of ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com']) {
      const ours = new ServicePrincipal(service, {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      });
      this.topic.grantPublish(ours);
    }
    if (config.alarmEmail) this.subscribe(new EmailSubscription(config.alarmEmail));
    if (config.alarmUrl) this.subscribe(new UrlSubscription(config.alarmUrl));
  }

  private subscribe(reader: ITopicSubscription): void {
    Validations.of(this.topic.addSubscription(reader)).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason:
        'Dead letters are told by this very topic, so a queue of them would tell nobody. The alarm itself still stands in CloudWatch.',
    });
  }
}
