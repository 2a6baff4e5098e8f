import { AdminGetUserCommand, type CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';

/** Groups whose members may read the data of others. */
const STAFF_GROUPS = new Set(['doctor', 'admin']);

/**
 * Returns the groups that a token may contain: staff groups only if the user has a second factor, which is checked only for staff.
 * Cognito requires a second factor at each sign-in once it is set up, so a user who has one has used it.
 */
export async function filterStaffGroups(
  groups: readonly string[],
  checkSecondFactor: () => Promise<boolean>,
): Promise<readonly string[]> {
  if (!groups.some((group) => STAFF_GROUPS.has(group)) || (await checkSecondFactor())) return groups;
  return groups.filter((group) => !STAFF_GROUPS.has(group));
}

/** Returns whether a user of the pool has set up a second factor. */
export async function hasSecondFactor(
  cognito: CognitoIdentityProviderClient,
  { userPoolId, userName }: { readonly userPoolId: string; readonly userName: string },
): Promise<boolean> {
  const user = await cognito.send(new AdminGetUserCommand({ UserPoolId: userPoolId, Username: userName }));
  return (user.UserMFASettingList ?? []).length > 0;
}
