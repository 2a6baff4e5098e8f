import { CfnOutput, Stack } from 'aws-cdk-lib';
import { UserPoolEmail } from 'aws-cdk-lib/aws-cognito';
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

  constructor(scope: Construct, id: string, { domain, from, hostedZoneId }: MailSender) {
    super(scope, id);
    const configurationSet = new ConfigurationSet(this, 'Rules', {
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
      reputationMetrics: true,
    });
    const identity = new EmailIdentity(this, 'Domain', {
      identity: this.identityOf(domain, hostedZoneId),
      configurationSet,
    });
    if (!hostedZoneId) {
      identity.dkimRecords.forEach(({ name, value }, i) => {
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
      configurationSetName: configurationSet.configurationSetName,
    });
  }

  private identityOf(domain: string, hostedZoneId: string | undefined): Identity {
    if (!hostedZoneId) return Identity.domain(domain);
    const zone = PublicHostedZone.fromPublicHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domain });
    return Identity.publicHostedZone(zone);
  }
}
