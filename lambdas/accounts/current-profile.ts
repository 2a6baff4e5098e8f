import type { Caller } from '../shared/http/caller.ts';
import { log, logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { findProfile, followEmail } from './accounts.sql.ts';
import type { Profile } from './profile.ts';
import type { UserPool } from './user-pool.ts';

interface Deps {
  readonly db: Db;
  readonly userPool: Pick<UserPool, 'findUser'>;
}

/**
 * The caller's profile, null without one; a patient's with the e-mail address that Cognito has verified by now.
 *
 * Cognito tells nobody of a changed address: no trigger runs after its verification, and an access token carries none. So the pool
 * is asked each time that patients look at themselves, while the row is read; we need no mark of what was asked when, and the
 * first look after the change has it. A pool that does not answer costs the news and not the profile.
 */
export async function currentProfile(
  { db, userPool }: Deps,
  caller: Caller,
  requestId: string,
): Promise<Profile | null> {
  const [profile, email] = await Promise.all([
    findProfile(db, caller),
    caller.groups.includes('patient') ? verifiedEmail(userPool, caller, requestId) : null,
  ]);
  if (profile?.role !== 'patient' || email === null || email === profile.email) return profile;
  if (await followEmail(db, caller.sub, email, requestId)) return { ...profile, email };
  // The address of somebody who works here: their login is made for them.
  log('email_not_followed', { requestId });
  return profile;
}

async function verifiedEmail(
  userPool: Pick<UserPool, 'findUser'>,
  { sub, username }: Caller,
  requestId: string,
): Promise<string | null> {
  try {
    const user = await userPool.findUser(username);
    return user?.sub === sub ? user.email : null;
  } catch (error) {
    logError('user_pool_not_asked', error, { requestId });
    return null;
  }
}
