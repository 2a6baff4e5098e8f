import { GROUPS_BY_POOL, type Group, type Pool } from '@medbook/contract/access';
import { Duration, Validations } from 'aws-cdk-lib';
import { AccountRecovery, UserPool, UserPoolEmail, type UserPoolProps } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';
import type { EmailSender } from '../messaging/email-sender.ts';

/** What `createUserPool` needs of the stage. */
export interface AccountsProps {
  readonly config: StageConfig;
  readonly emailSender: EmailSender;
}

interface UserPoolOptions extends AccountsProps {
  readonly pool: Pool;
  /** What differs between the pools. */
  readonly settings: Required<Pick<UserPoolProps, 'selfSignUpEnabled' | 'mfa' | 'featurePlan'>> &
    Pick<UserPoolProps, 'standardThreatProtectionMode'>;
  /** How many passwords before the present one cannot be used again. @default 0 */
  readonly passwordHistorySize?: number;
}

/** Creates a user pool with its groups. Its users sign in with a verified email address and a password. */
export function createUserPool(
  scope: Construct,
  id: string,
  { config, emailSender, pool, settings, passwordHistorySize }: UserPoolOptions,
): UserPool {
  // The standard attributes cannot be changed later. The pool must have no domain: see the Cognito endpoint in
  // network.ts.
  const userPool = new UserPool(scope, id, {
    ...settings,
    signInAliases: { email: true },
    signInCaseSensitive: false,
    autoVerify: { email: true },
    // A changed address becomes valid when it is confirmed. Until then the old one is used to sign in.
    keepOriginal: { email: true },
    standardAttributes: {
      email: { required: true, mutable: true },
      fullname: { required: true, mutable: true },
      phoneNumber: { required: false, mutable: true },
    },
    passwordPolicy: {
      minLength: 12,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      passwordHistorySize,
      // The password of an invitation, which is sent by email.
      tempPasswordValidity: Duration.days(3),
    },
    // An authenticator app. SMS can be intercepted and costs money.
    mfaSecondFactor: { otp: true, sms: false },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    email: config.email.useForUserPool ? emailSender.userPoolEmail : UserPoolEmail.withCognito(),
    deletionProtection: config.deletionProtection,
    removalPolicy: getRemovalPolicy(config),
  });
  Validations.of(userPool).acknowledge({
    id: 'AwsSolutions-COG1',
    reason:
      'Passwords need 12 characters of three kinds. Length protects better than a required symbol (docs/adr/0023-two-user-pools.md).',
  });
  for (const groupName of GROUPS_BY_POOL[pool]) {
    // Membership is stored only in the group: a retained pool without its groups would have no staff.
    const group = userPool.addGroup(groupName, { groupName, description: GROUP_DESCRIPTIONS[groupName] });
    group.applyRemovalPolicy(getRemovalPolicy(config));
  }
  return userPool;
}

const GROUP_DESCRIPTIONS: Readonly<Record<Group, string>> = {
  patient: 'Books their own appointments',
  doctor: 'Manages their own schedule',
  receptionist: 'No rights yet',
  admin: 'Manages clinics',
};
