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
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import type { Mail } from './mail.ts';

export interface UserPoolProps {
  readonly config: StageConfig;
  readonly mail: Mail;
}

/** A pool of people who sign up themselves with an e-mail address that is theirs. */
export function userPool(scope: Construct, id: string, { config, mail }: UserPoolProps): UserPool {
  const { guardsSignIn } = config;
  // The attributes cannot be changed later. No domain: see the network's endpoint for Cognito.
  const pool = new UserPool(scope, id, {
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
    passwordPolicy: {
      minLength: 12,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      passwordHistorySize: 5,
      // That of an invitation, which lies in a mailbox.
      tempPasswordValidity: Duration.days(3),
    },
    // An app on the phone; a text message can be caught, and costs.
    mfa: Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    email: config.mail.ofUserPool ? mail.ofUserPool : UserPoolEmail.withCognito(),
    featurePlan: guardsSignIn ? FeaturePlan.PLUS : FeaturePlan.ESSENTIALS,
    ...(guardsSignIn && { standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION }),
    deletionProtection: config.keepData,
    removalPolicy: removalPolicyOf(config),
  });
  acknowledge(pool, config);
  return pool;
}

function acknowledge(pool: UserPool, { guardsSignIn }: StageConfig): void {
  Validations.of(pool).acknowledge(
    {
      id: 'AwsSolutions-COG1',
      reason: 'Twelve characters of three kinds, none of the last five: length counts, a forced symbol does not.',
    },
    {
      id: 'AwsSolutions-COG2',
      reason:
        'A second factor is a patient’s own choice. Who works here has no rights without one, where the stage demands it (docs/adr/0010).',
    },
  );
  if (!guardsSignIn) {
    const reason = 'The stage holds no data of real people, and threat protection is paid for by the user.';
    Validations.of(pool).acknowledge({ id: 'AwsSolutions-COG3', reason }, { id: 'AwsSolutions-COG8', reason });
  }
}
