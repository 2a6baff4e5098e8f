import { randomUUID } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Pool } from '@medbook/contract/access';
import { inject } from 'vitest';
import { withClient } from '../../../lambdas/shared/database.ts';

/** A password that satisfies the pool's policy. */
export const PASSWORD = 'Test-Pass-2030';

/** Connects to a user pool of the local system; returns the client and the ids that its commands need. */
export function connectUserPool(pool: Pool = 'patients') {
  const { cognitoEndpoint: endpoint, region, ...state } = inject('system').state;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new CognitoIdentityProviderClient({ endpoint, region, credentials });
  if (pool === 'staff') return { client, UserPoolId: state.staffUserPoolId, ClientId: state.staffUserPoolClientId };
  return { client, UserPoolId: state.userPoolId, ClientId: state.userPoolClientId };
}

/** Signs in with a password, as a patient or as staff; returns the tokens. */
export async function signIn(
  email: string,
  password = PASSWORD,
  pool: Pool = 'patients',
): Promise<{ accessToken: string; idToken: string }> {
  const { client, ClientId } = connectUserPool(pool);
  const AuthParameters = { USERNAME: email, PASSWORD: password };
  const { AuthenticationResult: tokens, ChallengeName } = await client.send(
    new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters }),
  );
  if (!tokens?.AccessToken || !tokens.IdToken)
    throw new Error(`Signing in ${email} requires a challenge: ${ChallengeName}.`);
  return { accessToken: tokens.AccessToken, idToken: tokens.IdToken };
}

/** Signs in the first demo account with that role; returns the access token. */
export async function signInDemoAccount(role: 'admin' | 'doctor' | 'patient'): Promise<string> {
  const account = inject('system').state.accounts.find((account) => account.role === role);
  if (!account) throw new Error(`The local system has no demo account of a ${role}.`);
  return (await signIn(account.email, account.password, role === 'patient' ? 'patients' : 'staff')).accessToken;
}

/** Sets the password of an invited doctor or admin and signs in; returns the access token. */
export async function signInInvited(email: string): Promise<string> {
  const { client, UserPoolId } = connectUserPool('staff');
  const user = { UserPoolId, Username: email };
  await client.send(new AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }));
  return (await signIn(email, PASSWORD, 'staff')).accessToken;
}

/** Creates a confirmed user of the patients' pool with a verified address in no group: the result of a sign-up whose last step failed. */
export async function createUser(): Promise<{ email: string; sub: string }> {
  const { client, UserPoolId } = connectUserPool();
  const email = `${randomUUID()}@example.com`;
  const user = { UserPoolId, Username: email };
  const attributes = { email, email_verified: 'true', name: 'Pat Test' };
  const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  await client.send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }));
  await client.send(new AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }));
  const { UserAttributes: storedAttributes } = await client.send(new AdminGetUserCommand(user));
  return { email, sub: storedAttributes?.find(({ Name }) => Name === 'sub')?.Value ?? '' };
}

/** Creates patients as a completed sign-up does; returns their access tokens. */
export async function createPatients(count: number): Promise<string[]> {
  const { client, UserPoolId } = connectUserPool();
  const users = await Promise.all(Array.from({ length: count }, createUser));
  await withClient({ connectionString: inject('system').state.databaseUrl }, (db) =>
    db.query(
      `select register_patient(sub, 'Pat Test', email, null)
       from jsonb_to_recordset($1::jsonb) as u (sub text, email text)`,
      [JSON.stringify(users)],
    ),
  );
  return Promise.all(
    users.map(async ({ email }) => {
      await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: email, GroupName: 'patient' }));
      return (await signIn(email)).accessToken;
    }),
  );
}
