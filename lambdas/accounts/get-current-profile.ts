import type { Profile } from '@medbook/contract/profile';
import type { Caller } from '../shared/http/caller.ts';
import { log, logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { findProfile, syncVerifiedEmail } from './accounts.sql.ts';
import type { UserPool } from './user-pool.ts';

interface Deps {
  readonly db: Db;
  readonly userPool: Pick<UserPool, 'findUser'>;
}

/**
 * Returns the caller's profile, or null if there is none. A patient's profile has the email address that Cognito has verified.
 *
 * Cognito runs no trigger after a new address is verified, and an access token contains no address. So each read of a patient's profile
 * also reads the user from the pool, at the same time as the row. If the pool fails, the profile has the address stored before.
 */
export async function getCurrentProfile(
  { db, userPool }: Deps,
  caller: Caller,
  requestId: string,
): Promise<Profile | null> {
  const [profile, email] = await Promise.all([
    findProfile(db, caller),
    caller.groups.includes('patient') ? findVerifiedEmail(userPool, caller, requestId) : null,
  ]);
  if (profile?.role !== 'patient' || email === null || email === profile.email) return profile;
  if (await syncVerifiedEmail(db, caller.sub, email, requestId)) return { ...profile, email };
  // It is the address of a doctor or an admin, whose logins are created by invitation.
  log('email_not_synced', { requestId });
  return profile;
}

async function findVerifiedEmail(
  userPool: Pick<UserPool, 'findUser'>,
  { sub, username }: Caller,
  requestId: string,
): Promise<string | null> {
  try {
    const user = await userPool.findUser(username);
    return user?.sub === sub ? user.email : null;
  } catch (error) {
    logError('user_pool_unavailable', error, { requestId });
    return null;
  }
}
