import { CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { UserPoolEmail } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { PublicHostedZone } from 'aws-cdk-lib/aws-route53';
import {
  ConfigurationSet,
  ConfigurationSetTlsPolicy,
  EmailIdentity,
  Identity,
  SuppressionReasons,
} from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import type { MailSender } from '../config/stages.ts';

/**
 * A domain that SES may send mail for, signed with DKIM and only over TLS. Whoever bounced or complained gets no more.
 * SES verifies the domain when it finds the records: at once in a zone of ours, else after somebody has entered the outputs.
 */
export class Mail extends Construct {
  /** How a user pool of the same region sends by it. */
  readonly ofUserPool: UserPoolEmail;
  /** By its rules every mail is sent. */
  readonly configurationSet: ConfigurationSet;
  readonly from: string;
  private readonly identity: EmailIdentity;

  constructor(scope: Construct, id: string, { domain, from, hostedZoneId }: MailSender) {
    super(scope, id);
    this.from = from;
    this.configurationSet = new ConfigurationSet(this, 'Rules', {
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
      reputationMetrics: true,
    });
    this.identity = new EmailIdentity(this, 'Domain', {
      identity: this.identityOf(domain, hostedZoneId),
      configurationSet: this.configurationSet,
    });
    if (!hostedZoneId) {
      this.identity.dkimRecords.forEach(({ name, value }, i) => {
        new CfnOutput(this, `Record${i + 1}`, {
          value: `${name} CNAME ${value}`,
          description: `For the DNS of ${domain}`,
        });
      });
    }

    this.ofUserPool = UserPoolEmail.withSES({
      sesRegion: Stack.of(this).region,
      sesVerifiedDomain: domain,
      fromName: 'MedBook',
      fromEmail: from,
      configurationSetName: this.configurationSet.configurationSetName,
    });
  }

  /** Lets a function send mail that comes from our address, and from no other. */
  grantSend(sender: LambdaFunction): void {
    const { configurationSetName } = this.configurationSet;
    const arnOf = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'ses', resource, resourceName });
    const actions = ['ses:SendEmail', 'ses:SendRawEmail'];
    sender.addToRolePolicy(
      new PolicyStatement({
        actions,
        resources: [arnOf('identity', '*'), arnOf('configuration-set', configurationSetName)],
        conditions: { StringEquals: { 'ses:FromAddress': this.from } },
      }),
    );
    if (!sender.role) throw new Error(`${sender.node.path} needs a role.`);
    const reason =
      'SES asks for the right to an identity of the account that a mail goes to as well, as it does in its sandbox; the condition names the sender.';
    Validations.of(sender.role).acknowledge(
      { id: `AwsSolutions-IAM5[Resource::${ANY_IDENTITY}]`, reason },
      ...actions.map((action) => ({ id: `MedBook::ResourcesAreNamed[${action} on ${ANY_IDENTITY}]`, reason })),
    );
  }

  private identityOf(domain: string, hostedZoneId: string | undefined): Identity {
    if (!hostedZoneId) return Identity.domain(domain);
    const zone = PublicHostedZone.fromPublicHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domain });
    return Identity.publicHostedZone(zone);
  }
}

const ANY_IDENTITY = 'arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*';
