import { createHash } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { mockClient } from 'aws-sdk-client-mock';

/** Returns the `sub` that the mock assigns to a user name. */
export const toSub = (username: string) =>
  createHash('md5')
    .update(username)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** Creates a Cognito mock in which every user exists, is confirmed and has a verified email address. */
export function mockCognito() {
  const cognito = mockClient(CognitoIdentityProviderClient);
  cognito.on(AdminCreateUserCommand).resolves({});
  cognito.on(AdminAddUserToGroupCommand).resolves({});
  cognito.on(AdminGetUserCommand).callsFake(({ Username }: { Username: string }) => ({
    UserStatus: 'CONFIRMED',
    UserAttributes: [
      { Name: 'sub', Value: toSub(Username) },
      { Name: 'email', Value: Username.includes('@') ? Username : `${toSub(Username)}@example.com` },
      { Name: 'email_verified', Value: 'true' },
    ],
  }));
  return cognito;
}
