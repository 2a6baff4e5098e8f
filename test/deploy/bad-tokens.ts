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

/** Tokens that look like those of somebody signed in, none of which may open anything; by what is wrong with each. */
export async function createBadTokens(
  pool: UserPoolClientIds,
  email: string,
  good: Tokens,
): Promise<Map<string, string | undefined>> {
  return new Map([
    ['no token', undefined],
    ['nonsense', 'nonsense'],
    ['a forged signature', forgeSignature(good.access)],
    ['tampered claims', tamperWithClaims(good.access)],
    ['an expired token', await createExpiredToken(pool, email)],
    ['an id token', good.id],
    ['a token of a foreign pool', await createForeignToken(pool)],
  ]);
}

/** The same claims, signed with a key that is not the pool's but goes by its name. */
function forgeSignature(token: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signed = token.slice(0, token.lastIndexOf('.'));
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

/** An admin's claims under the pool's signature of others. */
function tamperWithClaims(token: string): string {
  const [header, claims = '', signature] = token.split('.');
  const raised = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), 'cognito:groups': ['admin'] };
  return [header, Buffer.from(JSON.stringify(raised)).toString('base64url'), signature].join('.');
}

/** Of another client of the same pool, whose tokens last a second. */
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

/** Of somebody who is an admin, in a pool of another. */
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
