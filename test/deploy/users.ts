import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import {
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  type ChallengeNameType,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
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

/** Satisfies the password policy of the pools. */
export const PASSWORD = 'Test-Pass-2030';
const INVITATION_PASSWORD = 'Invitation-2030';
/** The code that MiniStack accepts for each user. Another emulator may send a random code. */
const CONFIRMATION_CODE = process.env.CONFIRMATION_CODE ?? '123456';

export const createEmailAddress = () => `${randomUUID()}@example.com`;

/** Signs up in the pool of patients and confirms the email address with the code. Returns the address. */
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
 * Creates the first admin of prod as an operator does, with `npm run admin`. Returns the email address; the password of the
 * invitation is `INVITATION_PASSWORD`.
 */
export async function createAdmin({ aws, UserPoolId }: UserPoolClientIds): Promise<string> {
  const Username = createEmailAddress();
  const child = spawn(process.execPath, ['bin/admin.ts', 'create', Username, '--stage', 'prod'], {
    cwd: PROJECT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [errorOutput, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`npm run admin failed: ${errorOutput}`);
  // The invitation has a random password.
  await aws.cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: INVITATION_PASSWORD, Permanent: false }),
  );
  return Username;
}

/** Signs in with the password, and also with a code of the authenticator app if `appSecret` is given. */
export async function signIn({ aws, ClientId }: UserPoolClientIds, email: string, appSecret?: string): Promise<Tokens> {
  const AuthParameters = { USERNAME: email, PASSWORD };
  const first = await aws.cognito.send(
    new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
  );
  if (!appSecret) return readTokens(first, email);
  const responses = { SOFTWARE_TOKEN_MFA_CODE: computeTotp(appSecret) };
  return readTokens(await respond({ aws, ClientId }, email, first, 'SOFTWARE_TOKEN_MFA', responses), email);
}

/**
 * Signs in an invited user for the first time, as Cognito requires it where the pool requires a second factor: the password
 * of the invitation, a new password, an authenticator app. Returns the tokens, and the secret of the app.
 */
export async function acceptInvitation(
  { aws, ClientId }: UserPoolClientIds,
  email: string,
): Promise<{ tokens: Tokens; appSecret: string }> {
  const AuthParameters = { USERNAME: email, PASSWORD: INVITATION_PASSWORD };
  const first = await aws.cognito.send(
    new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
  );
  const second = await respond({ aws, ClientId }, email, first, 'NEW_PASSWORD_REQUIRED', { NEW_PASSWORD: PASSWORD });
  const { SecretCode: appSecret = '', Session } = await aws.cognito.send(
    new AssociateSoftwareTokenCommand({ Session: second.Session }),
  );
  const UserCode = computeTotp(appSecret);
  const verified = await aws.cognito.send(new VerifySoftwareTokenCommand({ Session, UserCode }));
  const { ChallengeName } = second;
  const last = await respond({ aws, ClientId }, email, { ...verified, ChallengeName }, 'MFA_SETUP', {});
  return { tokens: readTokens(last, email), appSecret };
}

interface Challenge {
  readonly ChallengeName?: ChallengeNameType | undefined;
  readonly Session?: string | undefined;
}

/** Responds to a challenge. @throws if Cognito did not send this one. */
async function respond(
  { aws, ClientId }: Pick<UserPoolClientIds, 'aws' | 'ClientId'>,
  email: string,
  { ChallengeName, Session }: Challenge,
  expectedName: ChallengeNameType,
  responses: Readonly<Record<string, string>>,
) {
  if (ChallengeName !== expectedName)
    throw new Error(`Cognito sent ${email} the challenge ${ChallengeName} instead of ${expectedName}.`);
  const ChallengeResponses = { USERNAME: email, ...responses };
  return aws.cognito.send(new RespondToAuthChallengeCommand({ ClientId, ChallengeName, Session, ChallengeResponses }));
}

function readTokens({ AuthenticationResult, ChallengeName }: InitiateAuthCommandOutput, email: string): Tokens {
  const { AccessToken: access, IdToken: id } = AuthenticationResult ?? {};
  if (!access || !id)
    throw new Error(`Cognito did not return tokens for ${email}, but the challenge ${ChallengeName}.`);
  return { access, id };
}

/** Returns the groups in an access token. */
export function readGroups({ access }: Pick<Tokens, 'access'>): unknown {
  return JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString())['cognito:groups'];
}
