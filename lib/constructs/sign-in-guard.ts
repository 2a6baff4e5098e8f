import { CfnUserPoolRiskConfigurationAttachment, type UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { WebAcl } from './web-acl.ts';

/** What Cognito does about sign-ins that look wrong, and the firewall before the pool. Needs the plan Plus. */
export function guardSignIn(scope: Construct, { config, userPool }: { config: StageConfig; userPool: UserPool }): void {
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
  webAcl.protect('UserPool', userPool.userPoolArn);
}
