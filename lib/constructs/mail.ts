import { CfnOutput, Stack } from 'aws-cdk-lib';
import { UserPoolEmail } from 'aws-cdk-lib/aws-cognito';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
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
  grantSend(grantee: IGrantable): void {
    const { configurationSetName } = this.configurationSet;
    const set = Stack.of(this).formatArn({
      service: 'ses',
      resource: 'configuration-set',
      resourceName: configurationSetName,
    });
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['ses:SendEmail', 'ses:SendRawEmail'],
        resources: [this.identity.emailIdentityArn, set],
        conditions: { StringEquals: { 'ses:FromAddress': this.from } },
      }),
    );
  }

  private identityOf(domain: string, hostedZoneId: string | undefined): Identity {
    if (!hostedZoneId) return Identity.domain(domain);
    const zone = PublicHostedZone.fromPublicHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domain });
    return Identity.publicHostedZone(zone);
  }
}
