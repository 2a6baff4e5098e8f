import type { Profile } from '@medbook/contract/profile';
import type { Caller } from '../shared/http/caller.ts';
import { logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { findProfile, syncVerifiedEmail } from './accounts.sql.ts';
import type { UserPool } from './user-pool.ts';

interface Deps {
  readonly db: Db;
  readonly userPool: Pick<UserPool, 'findUser'>;
}

/**
 * Returns the caller's profile, or null if there is none. A patient's profile has the email address that Cognito had verified when it issued
 * the token.
 *
 * Cognito runs no trigger after a new address is verified, and an access token contains no address. So the user is read from the pool with
 * the first use of each token, which is valid for an hour. If the pool fails, the profile has the address stored before.
 */
export async function getCurrentProfile(
  { db, userPool }: Deps,
  caller: Caller,
  requestId: string,
): Promise<Profile | null> {
  const { profile, isEmailSyncDue } = await findProfile(db, caller);
  if (profile?.role !== 'patient' || !isEmailSyncDue) return profile;
  const email = await findVerifiedEmail(userPool, caller, requestId);
  if (email === undefined) return profile;
  const isChanged = await syncVerifiedEmail(db, caller, email, requestId);
  return isChanged ? { ...profile, email } : profile;
}

/** Returns null if the user has no verified address, and undefined if the pool fails. */
async function findVerifiedEmail(
  userPool: Pick<UserPool, 'findUser'>,
  { sub, username }: Caller,
  requestId: string,
): Promise<string | null | undefined> {
  try {
    const user = await userPool.findUser(username);
    return user?.sub === sub ? user.email : null;
  } catch (error) {
    logError('user_pool_unavailable', error, { requestId });
    return undefined;
  }
}
