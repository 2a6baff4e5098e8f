import { Validations } from 'aws-cdk-lib';
import {
  type IUserPool,
  LambdaVersion,
  type UserPool,
  type UserPoolClient,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import type { staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import type { ClinicFunction } from './clinic-function.ts';
import type { Mail } from './mail.ts';
import { guardSignIn } from './sign-in-guard.ts';
import { userPool } from './user-pool.ts';
import { WEB_CLIENT } from './web-client.ts';

type Members<Routes> = Extract<Routes[keyof Routes], readonly string[]>[number];

/** A group for each that a route admits: a route with another one does not compile before it is here. */
const GROUPS: Record<Members<typeof patientApiRoutes> | Members<typeof staffApiRoutes>, string> = {
  patient: 'Books for themselves',
  doctor: 'Manages their own schedule',
  admin: 'Manages clinics',
};

export interface AccountsProps {
  readonly config: StageConfig;
  readonly mail: Mail;
}

/** Who may sign in: everybody who confirms an e-mail address, from a browser or a phone, without a client secret. */
export class Accounts extends Construct {
  readonly userPool: IUserPool;
  readonly client: UserPoolClient;
  private readonly pool: UserPool;

  constructor(scope: Construct, id: string, { config, mail }: AccountsProps) {
    super(scope, id);
    this.pool = userPool(this, 'UserPool', { config, mail });
    this.userPool = this.pool;
    if (config.guardsSignIn) guardSignIn(this, { config, userPool: this.pool });
    for (const [groupName, description] of Object.entries(GROUPS)) {
      // Who is in a group is known there alone: a pool that is kept without it would have no staff.
      this.pool.addGroup(groupName, { groupName, description }).applyRemovalPolicy(removalPolicyOf(config));
    }
    this.client = this.pool.addClient('Web', WEB_CLIENT);
  }

  /** Calls a function when somebody confirmed their address, and lets it put them into a group. */
  onConfirmation(handler: ClinicFunction): void {
    this.pool.addTrigger(UserPoolOperation.POST_CONFIRMATION, handler.live);
    this.allow('OnConfirmation', handler, 'cognito-idp:AdminAddUserToGroup');
  }

  /** Calls a function before a token is made, for an access token too, and lets it look at whom it is for. */
  beforeTokens(handler: ClinicFunction): void {
    this.pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, handler.live, LambdaVersion.V2_0);
    this.allow('BeforeTokens', handler, 'cognito-idp:AdminGetUser');
  }

  /** As a policy of its own: the pool needs the function and the function its role's policy, so that policy must not need the pool. */
  private allow(id: string, { function: { role, node } }: ClinicFunction, action: string): void {
    if (!role) throw new Error(`${node.path} needs a role to be given the right to use the user pool.`);
    const statement = new PolicyStatement({ actions: [action], resources: [this.pool.userPoolArn] });
    const policy = new Policy(this, id, { roles: [role], statements: [statement] });
    Validations.of(policy).acknowledge({
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The right belongs to this one role and goes with it; a managed policy could be attached to others.',
    });
  }
}
