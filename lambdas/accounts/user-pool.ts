import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { Group } from '@medbook/contract/access';
import { RefusalError } from '../shared/refusal-error.ts';

/** A user of the pool. `email` and `phone` are null unless Cognito has verified them. */
export interface PoolUser {
  readonly sub: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly isConfirmed: boolean;
}

/** The operations of a user pool that we use. */
export interface UserPool {
  /** Returns a user, or undefined if there is none (any more). */
  findUser(username: string): Promise<PoolUser | undefined>;
  addToGroup(username: string, group: Group): Promise<void>;
  /**
   * Returns the `sub` of the user with this email address, and creates and invites the user if there is none. Safe to repeat.
   * @throws {RefusalError} if a user has the address without having verified it
   */
  inviteUser(user: { email: string; name: string }): Promise<string>;
}

/** Returns a user pool. Its SDK client is loaded on first use, because most requests do not need it. */
export function connectUserPool(userPoolId: string): UserPool {
  let sdkPromise: Promise<{ sdk: Sdk; client: CognitoIdentityProviderClient }> | undefined;
  const getSdk = () => (sdkPromise ??= loadSdk());

  async function findUser(username: string): Promise<PoolUser | undefined> {
    const { sdk, client } = await getSdk();
    try {
      const user = await client.send(new sdk.AdminGetUserCommand({ UserPoolId: userPoolId, Username: username }));
      const attributes = Object.fromEntries((user.UserAttributes ?? []).map(({ Name, Value }) => [Name, Value ?? '']));
      return { ...toPoolUser(attributes), isConfirmed: user.UserStatus === 'CONFIRMED' };
    } catch (error) {
      if (error instanceof sdk.UserNotFoundException) return undefined;
      throw error;
    }
  }

  async function addToGroup(username: string, group: Group): Promise<void> {
    const { sdk, client } = await getSdk();
    await client.send(
      new sdk.AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: username, GroupName: group }),
    );
  }

  async function createInvitedUser(email: string, name: string): Promise<void> {
    const { sdk, client } = await getSdk();
    try {
      await client.send(
        new sdk.AdminCreateUserCommand({
          UserPoolId: userPoolId,
          Username: email,
          DesiredDeliveryMediums: ['EMAIL'],
          UserAttributes: [
            { Name: 'email', Value: email },
            { Name: 'email_verified', Value: 'true' },
            { Name: 'name', Value: name },
          ],
        }),
      );
    } catch (error) {
      if (!(error instanceof sdk.UsernameExistsException)) throw error;
    }
  }

  async function inviteUser({ email, name }: { email: string; name: string }): Promise<string> {
    await createInvitedUser(email, name);
    const user = await findUser(email);
    if (!user) throw new Error('The invited user was not found.');
    // Created by other means, with an address that may be another person's: they must not get access.
    if (user.email === null) {
      throw new RefusalError('email_in_use');
    }
    return user.sub;
  }

  return { findUser, addToGroup, inviteUser };
}

/** In milliseconds. Without them the SDK waits without a limit. */
const REQUEST_TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider');

async function loadSdk(): Promise<{ sdk: Sdk; client: CognitoIdentityProviderClient }> {
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  return { sdk, client: new sdk.CognitoIdentityProviderClient({ maxAttempts: 2, requestHandler: REQUEST_TIMEOUTS }) };
}

/** Builds a user from Cognito's attributes. An email address or a phone number counts only if Cognito has verified it. */
export function toPoolUser(attributes: Readonly<Record<string, string | undefined>>): Omit<PoolUser, 'isConfirmed'> {
  const { sub, email = '', phone_number: phone = '' } = attributes;
  if (!sub) throw new Error('The Cognito user has no sub.');
  return {
    sub,
    name: attributes.name?.trim() || email.split('@')[0] || sub,
    email: attributes.email_verified === 'true' && email ? email : null,
    phone: attributes.phone_number_verified === 'true' && phone ? phone : null,
  };
}
