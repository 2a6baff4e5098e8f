import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { Group } from '../shared/access.ts';
import { Refused } from '../shared/refusal.ts';

/** A user as the pool knows them. `email` is null unless Cognito has verified that it is theirs. */
export interface PoolUser {
  readonly sub: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly confirmed: boolean;
}

/** The part of Cognito that we use. */
export interface UserPool {
  /** Undefined for one who has been deleted. */
  findUser(username: string): Promise<PoolUser | undefined>;
  addToGroup(username: string, group: Group): Promise<void>;
  /** The `sub` of the user with this address, who is invited by e-mail if there is none yet. Repeatable. */
  inviteUser(user: { email: string; name: string }): Promise<string>;
}

/** The user pool, whose SDK client is loaded when a request first needs it: most requests do not. */
export function connectUserPool(userPoolId: string): UserPool {
  let loading: Promise<{ sdk: Sdk; client: CognitoIdentityProviderClient }> | undefined;
  const load = () => (loading ??= loadSdk());

  async function findUser(username: string): Promise<PoolUser | undefined> {
    const { sdk, client } = await load();
    try {
      const user = await client.send(new sdk.AdminGetUserCommand({ UserPoolId: userPoolId, Username: username }));
      const attributes = Object.fromEntries((user.UserAttributes ?? []).map(({ Name, Value }) => [Name, Value ?? '']));
      return { ...poolUserOf(attributes), confirmed: user.UserStatus === 'CONFIRMED' };
    } catch (error) {
      if (error instanceof sdk.UserNotFoundException) return undefined;
      throw error;
    }
  }

  async function addToGroup(username: string, group: Group): Promise<void> {
    const { sdk, client } = await load();
    await client.send(
      new sdk.AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: username, GroupName: group }),
    );
  }

  async function invite(email: string, name: string): Promise<void> {
    const { sdk, client } = await load();
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
    await invite(email, name);
    const user = await findUser(email);
    if (!user) throw new Error('A user who was there a moment ago has gone.');
    // Somebody who signed up with this address and never proved that it is theirs knows a password for it: not to be let in.
    if (user.email === null) {
      throw new Refused('email_in_use', 'Somebody has signed up with this e-mail address and has not confirmed it.');
    }
    return user.sub;
  }

  return { findUser, addToGroup, inviteUser };
}

/** In milliseconds. By itself the SDK waits for ever, and a request with it. */
const PATIENCE = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider');

async function loadSdk(): Promise<{ sdk: Sdk; client: CognitoIdentityProviderClient }> {
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  return { sdk, client: new sdk.CognitoIdentityProviderClient({ maxAttempts: 2, requestHandler: PATIENCE }) };
}

/** What Cognito's attributes say of a user; an address or a number only when Cognito has verified it. */
export function poolUserOf(attributes: Readonly<Record<string, string | undefined>>): Omit<PoolUser, 'confirmed'> {
  const { sub, email = '', phone_number: phone = '' } = attributes;
  if (!sub) throw new Error('Cognito gave a user without a sub.');
  return {
    sub,
    name: attributes.name?.trim() || email.split('@')[0] || sub,
    email: attributes.email_verified === 'true' && email ? email : null,
    phone: attributes.phone_number_verified === 'true' && phone ? phone : null,
  };
}
