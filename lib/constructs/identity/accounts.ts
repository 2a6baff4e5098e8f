import type { Group } from '@medbook/contract/access';
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
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';
import type { ClinicFunction } from '../functions/clinic-function.ts';
import type { EmailSender } from '../messaging/email-sender.ts';
import { addThreatProtection } from './add-threat-protection.ts';
import { createUserPool } from './create-user-pool.ts';
import { WEB_CLIENT_OPTIONS } from './web-client-options.ts';

const GROUP_DESCRIPTIONS: Readonly<Record<Group, string>> = {
  patient: 'Books their own appointments',
  doctor: 'Manages their own schedule',
  admin: 'Manages clinics',
};

/** Props of `Accounts`. */
export interface AccountsProps {
  readonly config: StageConfig;
  readonly emailSender: EmailSender;
}

/** The user pool with its groups and its one client. Anyone can sign up with an email address that they confirm. */
export class Accounts extends Construct {
  readonly userPool: IUserPool;
  readonly client: UserPoolClient;
  private readonly pool: UserPool;

  constructor(scope: Construct, id: string, { config, emailSender }: AccountsProps) {
    super(scope, id);
    this.pool = createUserPool(this, 'UserPool', { config, emailSender });
    this.userPool = this.pool;
    if (config.threatProtection) addThreatProtection(this, { config, userPool: this.pool });
    for (const [groupName, description] of Object.entries(GROUP_DESCRIPTIONS)) {
      // Membership is stored only in the group: a retained pool without its groups would have no staff.
      this.pool.addGroup(groupName, { groupName, description }).applyRemovalPolicy(getRemovalPolicy(config));
    }
    this.client = this.pool.addClient('Web', WEB_CLIENT_OPTIONS);
  }

  /** Makes Cognito call a function after a user confirms their address, and lets it add users to groups. */
  addPostConfirmationTrigger(handler: ClinicFunction): void {
    this.pool.addTrigger(UserPoolOperation.POST_CONFIRMATION, handler.liveAlias);
    this.grantPoolAction('OnConfirmation', handler, 'cognito-idp:AdminAddUserToGroup');
  }

  /** Makes Cognito call a function before it issues a token, access tokens included, and lets it read users. */
  addPreTokenTrigger(handler: ClinicFunction): void {
    this.pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, handler.liveAlias, LambdaVersion.V2_0);
    this.grantPoolAction('BeforeTokens', handler, 'cognito-idp:AdminGetUser');
  }

  /**
   * Uses a separate policy: the pool depends on the function and that on its role's default policy, which therefore
   * must not refer to the pool.
   */
  private grantPoolAction(id: string, { function: { role, node } }: ClinicFunction, action: string): void {
    if (!role) throw new Error(`${node.path} needs a role to get permissions on the user pool.`);
    const statement = new PolicyStatement({ actions: [action], resources: [this.pool.userPoolArn] });
    const policy = new Policy(this, id, { roles: [role], statements: [statement] });
    Validations.of(policy).acknowledge({
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The policy is for this one role and is deleted with it; a managed policy could be attached to others.',
    });
  }
}
