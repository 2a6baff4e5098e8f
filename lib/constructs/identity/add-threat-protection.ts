import { CfnUserPoolRiskConfigurationAttachment, type UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { WebAcl } from '../network/web-acl.ts';

/**
 * Makes Cognito block risky sign-ins and compromised passwords, and puts a web ACL in front of the pool. Requires the
 * Plus plan.
 */
export function addThreatProtection(
  scope: Construct,
  { config, userPool }: { config: StageConfig; userPool: UserPool },
): void {
  new CfnUserPoolRiskConfigurationAttachment(scope, 'Risks', {
    userPoolId: userPool.userPoolId,
    clientId: 'ALL',
    compromisedCredentialsRiskConfiguration: {
      eventFilter: ['SIGN_IN', 'PASSWORD_CHANGE', 'SIGN_UP'],
      actions: { eventAction: 'BLOCK' },
    },
    accountTakeoverRiskConfiguration: {
      actions: {
        mediumAction: { eventAction: 'MFA_IF_CONFIGURED', notify: false },
        highAction: { eventAction: 'BLOCK', notify: false },
      },
    },
  });
  const webAcl = new WebAcl(scope, 'WebAcl', { config, name: 'sign-in', requestsPerAddress: 300 });
  webAcl.associate('UserPool', userPool.userPoolArn);
}
