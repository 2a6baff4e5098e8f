import { generateKeyPairSync, sign } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteUserPoolClientCommand,
  DeleteUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createEmailAddress, PASSWORD, signIn, type Tokens, type UserPoolClientIds } from './users.ts';

/** Creates tokens that the API must refuse, by what is wrong with each. `validTokens` are those of a signed-in user. */
export async function createBadTokens(
  pool: UserPoolClientIds,
  email: string,
  validTokens: Tokens,
): Promise<Map<string, string | undefined>> {
  return new Map([
    ['no token', undefined],
    ['a text that is not a token', 'nonsense'],
    ['a forged signature', forgeSignature(validTokens.access)],
    ['tampered claims', tamperWithClaims(validTokens.access)],
    ['an expired token', await createExpiredToken(pool, email)],
    ['an id token', validTokens.id],
    ['a token of a foreign pool', await createForeignToken(pool)],
  ]);
}

/** Keeps the header and the claims, but signs them with a key that does not belong to the pool. */
function forgeSignature(token: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const content = token.slice(0, token.lastIndexOf('.'));
  return `${content}.${sign('sha256', Buffer.from(content), privateKey).toString('base64url')}`;
}

/** Adds the group `admin` to the claims, but keeps the signature of the original claims. */
function tamperWithClaims(token: string): string {
  const [header, claims = '', signature] = token.split('.');
  const changedClaims = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), 'cognito:groups': ['admin'] };
  return [header, Buffer.from(JSON.stringify(changedClaims)).toString('base64url'), signature].join('.');
}

/** Returns an expired token, from another client of the same pool whose tokens are valid for one second. */
async function createExpiredToken({ aws, UserPoolId }: UserPoolClientIds, email: string): Promise<string> {
  const { UserPoolClient } = await aws.cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'short',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      AccessTokenValidity: 1,
      TokenValidityUnits: { AccessToken: 'seconds' },
    }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const { access } = await signIn({ aws, UserPoolId, ClientId }, email);
  await aws.cognito.send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId }));
  const { exp } = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString());
  while (Date.now() <= exp * 1000) await wait(50);
  return access;
}

/** Creates a user in another pool and returns the user's access token. */
async function createForeignToken({ aws }: UserPoolClientIds): Promise<string> {
  const { UserPool } = await aws.cognito.send(new CreateUserPoolCommand({ PoolName: 'foreign' }));
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await aws.cognito.send(
    new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'web', ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] }),
  );
  const Username = createEmailAddress();
  await aws.cognito.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' }));
  await aws.cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }),
  );
  const { access } = await signIn({ aws, UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' }, Username);
  await aws.cognito.send(new DeleteUserPoolCommand({ UserPoolId }));
  return access;
}
