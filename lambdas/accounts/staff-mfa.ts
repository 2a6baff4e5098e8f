import { AdminGetUserCommand, type CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';

/** Groups that see the data of others. */
const STAFF = new Set(['doctor', 'admin']);

/**
 * The groups that a token may carry: all of somebody's, but those of staff only with a second factor, which is asked for only then.
 * Who has set one up is asked for it by Cognito at each sign-in: to have one is to have used it.
 */
export async function groupsFor(
  groups: readonly string[],
  hasSecondFactor: () => Promise<boolean>,
): Promise<readonly string[]> {
  if (!groups.some((group) => STAFF.has(group)) || (await hasSecondFactor())) return groups;
  return groups.filter((group) => !STAFF.has(group));
}

/** Whether a user of the pool has set up a second factor. */
export async function hasSecondFactor(
  cognito: CognitoIdentityProviderClient,
  { userPoolId, userName }: { readonly userPoolId: string; readonly userName: string },
): Promise<boolean> {
  const user = await cognito.send(new AdminGetUserCommand({ UserPoolId: userPoolId, Username: userName }));
  return (user.UserMFASettingList ?? []).length > 0;
}
