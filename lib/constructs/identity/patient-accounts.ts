import { Validations } from 'aws-cdk-lib';
import { FeaturePlan, Mfa, type UserPool, type UserPoolClient, UserPoolOperation } from 'aws-cdk-lib/aws-cognito';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ClinicFunction } from '../functions/clinic-function.ts';
import { type AccountsProps, createUserPool } from './create-user-pool.ts';
import { PATIENT_CLIENT_OPTIONS } from './web-client-options.ts';

/** The user pool of patients with its one client. Anyone can sign up with an email address that they confirm. */
export class PatientAccounts extends Construct {
  readonly userPool: UserPool;
  readonly client: UserPoolClient;

  constructor(scope: Construct, id: string, props: AccountsProps) {
    super(scope, id);
    this.userPool = createUserPool(this, 'UserPool', {
      ...props,
      pool: 'patients',
      // The cheapest plan: the others are charged for each patient.
      settings: { selfSignUpEnabled: true, mfa: Mfa.OPTIONAL, featurePlan: FeaturePlan.LITE },
    });
    this.client = this.userPool.addClient('Web', PATIENT_CLIENT_OPTIONS);
    acknowledgeRules(this.userPool);
  }

  /** Makes Cognito call a function after a user confirms their address, and lets it add users to groups. */
  addPostConfirmationTrigger(handler: ClinicFunction): void {
    const { role, node } = handler.function;
    if (!role) throw new Error(`${node.path} needs a role to get permissions on the user pool.`);
    this.userPool.addTrigger(UserPoolOperation.POST_CONFIRMATION, handler.liveAlias);
    // A separate policy: the pool depends on the function and that on its role's default policy, which therefore must
    // not refer to the pool.
    const statement = new PolicyStatement({
      actions: ['cognito-idp:AdminAddUserToGroup'],
      resources: [this.userPool.userPoolArn],
    });
    const policy = new Policy(this, 'OnConfirmation', { roles: [role], statements: [statement] });
    Validations.of(policy).acknowledge({
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The policy is for this one role and is deleted with it; a managed policy could be attached to others.',
    });
  }
}

function acknowledgeRules(userPool: UserPool): void {
  const reason =
    'Plus costs 0.02 US dollars a month for each patient who signs in, and patients see only their own data (docs/adr/0023-two-user-pools.md).';
  Validations.of(userPool).acknowledge(
    { id: 'AwsSolutions-COG2', reason: 'A second factor is optional for patients, who see only their own data.' },
    { id: 'AwsSolutions-COG3', reason },
    { id: 'AwsSolutions-COG8', reason },
  );
}
