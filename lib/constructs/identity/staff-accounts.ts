import { Validations } from 'aws-cdk-lib';
import {
  CfnUserPoolRiskConfigurationAttachment,
  FeaturePlan,
  Mfa,
  StandardThreatProtectionMode,
  type UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { type AccountsProps, createUserPool } from './create-user-pool.ts';
import { STAFF_CLIENT_OPTIONS } from './web-client-options.ts';

/**
 * The user pool of doctors and admins with its one client. They are invited and cannot sign up. Where the stage has
 * `mfaForStaff`, Cognito issues no token before they have set up a second factor.
 */
export class StaffAccounts extends Construct {
  readonly userPool: UserPool;
  readonly client: UserPoolClient;

  constructor(scope: Construct, id: string, props: AccountsProps) {
    super(scope, id);
    const { mfaForStaff, threatProtection } = props.config;
    this.userPool = createUserPool(this, 'UserPool', {
      ...props,
      pool: 'staff',
      settings: {
        selfSignUpEnabled: false,
        mfa: mfaForStaff ? Mfa.REQUIRED : Mfa.OPTIONAL,
        featurePlan: threatProtection ? FeaturePlan.PLUS : FeaturePlan.ESSENTIALS,
        ...(threatProtection && { standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION }),
      },
      passwordHistorySize: 5,
    });
    this.client = this.userPool.addClient('Web', STAFF_CLIENT_OPTIONS);
    if (threatProtection) blockRisks(this, this.userPool);
    acknowledgeRules(this.userPool, props.config);
  }
}

/** Makes Cognito block compromised passwords and sign-ins of high risk. A second factor is required at every risk. */
function blockRisks(scope: Construct, userPool: UserPool): void {
  new CfnUserPoolRiskConfigurationAttachment(scope, 'Risks', {
    userPoolId: userPool.userPoolId,
    clientId: 'ALL',
    compromisedCredentialsRiskConfiguration: {
      eventFilter: ['SIGN_IN', 'PASSWORD_CHANGE'],
      actions: { eventAction: 'BLOCK' },
    },
    accountTakeoverRiskConfiguration: { actions: { highAction: { eventAction: 'BLOCK', notify: false } } },
  });
}

function acknowledgeRules(userPool: UserPool, { mfaForStaff, threatProtection }: StageConfig): void {
  const reason = 'The stage holds no data of real people.';
  if (!mfaForStaff) Validations.of(userPool).acknowledge({ id: 'AwsSolutions-COG2', reason });
  if (!threatProtection)
    Validations.of(userPool).acknowledge({ id: 'AwsSolutions-COG3', reason }, { id: 'AwsSolutions-COG8', reason });
}
