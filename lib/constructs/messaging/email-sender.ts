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
import type { EmailConfig } from '../../config/stages.ts';
import { renderArn } from '../shared/render-arn.ts';

/**
 * An SES identity for a domain, with DKIM, TLS required and a suppression list for bounces and complaints. SES verifies
 * the domain when it finds the DNS records: created here if the hosted zone is ours, else to be entered by hand from
 * the stack's outputs.
 */
export class EmailSender extends Construct {
  /** The email settings of a user pool in the same region. */
  readonly userPoolEmail: UserPoolEmail;
  /** The configuration set of every email that we send. */
  readonly configurationSet: ConfigurationSet;
  /** The sender address. */
  readonly from: string;
  private readonly identity: EmailIdentity;

  constructor(scope: Construct, id: string, { domain, from, hostedZoneId }: EmailConfig) {
    super(scope, id);
    this.from = from;
    this.configurationSet = new ConfigurationSet(this, 'Rules', {
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
      reputationMetrics: true,
    });
    this.identity = new EmailIdentity(this, 'Domain', {
      identity: this.createIdentity(domain, hostedZoneId),
      configurationSet: this.configurationSet,
    });
    if (!hostedZoneId) {
      this.identity.dkimRecords.forEach(({ name, value }, i) => {
        new CfnOutput(this, `Record${i + 1}`, {
          value: `${name} CNAME ${value}`,
          description: `DNS record to add for ${domain}`,
        });
      });
    }

    this.userPoolEmail = UserPoolEmail.withSES({
      sesRegion: Stack.of(this).region,
      sesVerifiedDomain: domain,
      fromName: 'MedBook',
      fromEmail: from,
      configurationSetName: this.configurationSet.configurationSetName,
    });
  }

  /** Lets a function send email from our address, and from no other. */
  grantSend(sender: LambdaFunction): void {
    const { configurationSetName } = this.configurationSet;
    const toArn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'ses', resource, resourceName });
    const anyIdentity = toArn('identity', '*');
    const actions = ['ses:SendEmail', 'ses:SendRawEmail'];
    sender.addToRolePolicy(
      new PolicyStatement({
        actions,
        resources: [anyIdentity, toArn('configuration-set', configurationSetName)],
        conditions: { StringEquals: { 'ses:FromAddress': this.from } },
      }),
    );
    if (!sender.role) throw new Error(`${sender.node.path} needs a role.`);
    const reason =
      'SES also checks the permission for the recipient’s identity if it belongs to the account, as in the SES sandbox; the condition limits the sender.';
    Validations.of(sender.role).acknowledge(
      { id: `AwsSolutions-IAM5[Resource::${renderArn(this, anyIdentity)}]`, reason },
      ...actions.map((action) => ({
        id: `MedBook::ResourcesAreNamed[${action} on ${renderArn(this, anyIdentity)}]`,
        reason,
      })),
    );
  }

  private createIdentity(domain: string, hostedZoneId: string | undefined): Identity {
    if (!hostedZoneId) return Identity.domain(domain);
    const zone = PublicHostedZone.fromPublicHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domain });
    return Identity.publicHostedZone(zone);
  }
}
