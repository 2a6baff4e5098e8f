import { Duration } from 'aws-cdk-lib';
import {
  AccountRecovery,
  ClientAttributes,
  UserPool,
  type UserPoolClient,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import type { staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';

type Members<Routes> = Extract<Routes[keyof Routes], readonly string[]>[number];

/** A group for each that a route admits: a route with another one does not compile before it is here. */
const GROUPS: Record<Members<typeof patientApiRoutes> | Members<typeof staffApiRoutes>, string> = {
  patient: 'Books for themselves',
  doctor: 'Manages their own schedule',
  admin: 'Manages clinics',
};

/** Who may sign in: everybody who confirms an e-mail address, from a browser or a phone, without a client secret. */
export class Accounts extends Construct {
  readonly userPool: UserPool;
  readonly client: UserPoolClient;

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    // The attributes cannot be changed later. No domain: see the network's endpoint for Cognito.
    this.userPool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      // An address that was changed counts only when it is confirmed; until then the old one signs in.
      keepOriginal: { email: true },
      standardAttributes: {
        email: { required: true, mutable: true },
        fullname: { required: true, mutable: true },
        phoneNumber: { required: false, mutable: true },
      },
      passwordPolicy: { minLength: 10, requireLowercase: true, requireUppercase: true, requireDigits: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      deletionProtection: config.keepData,
      removalPolicy: removalPolicyOf(config),
    });
    for (const [groupName, description] of Object.entries(GROUPS)) {
      this.userPool.addGroup(groupName, { groupName, description });
    }

    const theirOwn = new ClientAttributes().withStandardAttributes({ email: true, fullname: true, phoneNumber: true });
    this.client = this.userPool.addClient('Web', {
      authFlows: { userSrp: true, userPassword: true },
      // Otherwise the client would sign in through pages of Cognito that we do not have.
      disableOAuth: true,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(30),
      readAttributes: theirOwn.withStandardAttributes({ emailVerified: true, phoneNumberVerified: true }),
      writeAttributes: theirOwn,
    });
  }

  /**
   * Calls a function when somebody confirmed their address, and lets it put them into a group. The right is a policy of its
   * own: the pool needs the function and the function its role's policy, so that policy must not need the pool.
   */
  onConfirmation(handler: LambdaFunction): void {
    if (!handler.role) throw new Error(`${handler.node.path} needs a role to be given the right to use the user pool.`);
    this.userPool.addTrigger(UserPoolOperation.POST_CONFIRMATION, handler);
    new Policy(this, 'OnConfirmation', {
      roles: [handler.role],
      statements: [
        new PolicyStatement({ actions: ['cognito-idp:AdminAddUserToGroup'], resources: [this.userPool.userPoolArn] }),
      ],
    });
  }
}
