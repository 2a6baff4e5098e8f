import { Duration, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  FeaturePlan,
  Mfa,
  StandardThreatProtectionMode,
  UserPool,
  UserPoolEmail,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';
import type { EmailSender } from '../messaging/email-sender.ts';

/** Props of `createUserPool`. */
export interface UserPoolProps {
  readonly config: StageConfig;
  readonly emailSender: EmailSender;
}

/** Creates a user pool in which people sign up themselves, with a verified email address. */
export function createUserPool(scope: Construct, id: string, { config, emailSender }: UserPoolProps): UserPool {
  const { threatProtection } = config;
  // The standard attributes cannot be changed later. The pool must have no domain: see the Cognito endpoint in
  // network.ts.
  const pool = new UserPool(scope, id, {
    selfSignUpEnabled: true,
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
      passwordHistorySize: 5,
      // The password of an invitation, which is sent by email.
      tempPasswordValidity: Duration.days(3),
    },
    // An authenticator app. SMS can be intercepted and costs money.
    mfa: Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    email: config.email.useForUserPool ? emailSender.userPoolEmail : UserPoolEmail.withCognito(),
    featurePlan: threatProtection ? FeaturePlan.PLUS : FeaturePlan.ESSENTIALS,
    ...(threatProtection && { standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION }),
    deletionProtection: config.deletionProtection,
    removalPolicy: getRemovalPolicy(config),
  });
  acknowledgeRules(pool, config);
  return pool;
}

function acknowledgeRules(pool: UserPool, { threatProtection }: StageConfig): void {
  Validations.of(pool).acknowledge(
    {
      id: 'AwsSolutions-COG1',
      reason:
        'Passwords need 12 characters of three kinds and must differ from the last five. Length protects better than a required symbol.',
    },
    {
      id: 'AwsSolutions-COG2',
      reason:
        'MFA is optional for patients. Staff have no permissions without it where the stage sets mfaForStaff (docs/adr/0010-identity-and-edge.md).',
    },
  );
  if (!threatProtection) {
    const reason = 'The stage holds no data of real people, and threat protection is charged per user.';
    Validations.of(pool).acknowledge({ id: 'AwsSolutions-COG3', reason }, { id: 'AwsSolutions-COG8', reason });
  }
}
