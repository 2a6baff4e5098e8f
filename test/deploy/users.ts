import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import {
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SignUpCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Aws } from './aws-clients.ts';
import { PROJECT } from './cdk.ts';
import { computeTotp } from './totp.ts';

/** A user pool and one of its clients, at which users sign in. */
export interface UserPoolClientIds {
  readonly aws: Aws;
  readonly UserPoolId: string;
  readonly ClientId: string;
}

export interface Tokens {
  readonly access: string;
  readonly id: string;
}

/** Satisfies the password policy of the pool. */
export const PASSWORD = 'Test-Pass-2030';
/** The code that MiniStack accepts for each user. Another emulator may send a random code. */
const CONFIRMATION_CODE = process.env.CONFIRMATION_CODE ?? '123456';

export const createEmailAddress = () => `${randomUUID()}@example.com`;

/** Signs up a patient and confirms the email address with the code. Returns the address. */
export async function signUp({ aws, ClientId }: UserPoolClientIds): Promise<string> {
  const Username = createEmailAddress();
  const UserAttributes = Object.entries({ email: Username, name: 'Pat Test' }).map(([Name, Value]) => ({
    Name,
    Value,
  }));
  await aws.cognito.send(new SignUpCommand({ ClientId, Username, Password: PASSWORD, UserAttributes }));
  await aws.cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: CONFIRMATION_CODE }));
  return Username;
}

/**
 * Creates the first admin of prod as an operator does, with `npm run admin`. Returns the email address; the password is
 * `PASSWORD`.
 */
export async function createAdmin({ aws, UserPoolId }: UserPoolClientIds): Promise<string> {
  const Username = createEmailAddress();
  const child = spawn(process.execPath, ['bin/admin.ts', 'create', Username, '--stage', 'prod'], {
    cwd: PROJECT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [errorOutput, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`npm run admin failed: ${errorOutput}`);
  // This password replaces the one in the invitation.
  await aws.cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }),
  );
  return Username;
}

/** Signs in with the password, and also with a code of the authenticator app if `appSecret` is given. */
export async function signIn({ aws, ClientId }: UserPoolClientIds, email: string, appSecret?: string): Promise<Tokens> {
  const AuthParameters = { USERNAME: email, PASSWORD };
  const first = await aws.cognito.send(
    new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
  );
  if (appSecret && first.ChallengeName !== 'SOFTWARE_TOKEN_MFA')
    throw new Error(`Cognito did not request the second factor of ${email}.`);
  const { AuthenticationResult } = appSecret
    ? await aws.cognito.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          ChallengeName: 'SOFTWARE_TOKEN_MFA',
          Session: first.Session,
          ChallengeResponses: { USERNAME: email, SOFTWARE_TOKEN_MFA_CODE: computeTotp(appSecret) },
        }),
      )
    : first;
  const { AccessToken: access, IdToken: id } = AuthenticationResult ?? {};
  if (!access || !id) throw new Error(`Cognito did not return tokens for ${email}.`);
  return { access, id };
}

/** Sets up an authenticator app as the second factor of the user of an access token. Returns the secret of the app. */
export async function addSecondFactor({ aws }: UserPoolClientIds, AccessToken: string): Promise<string> {
  const { SecretCode = '' } = await aws.cognito.send(new AssociateSoftwareTokenCommand({ AccessToken }));
  await aws.cognito.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: computeTotp(SecretCode) }));
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
  await aws.cognito.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }));
  return SecretCode;
}

/** Returns the groups in an access token. */
export function readGroups({ access }: Pick<Tokens, 'access'>): unknown {
  return JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString())['cognito:groups'];
}
