import { unwrapOrThrow } from '../shared/command-outcome.ts';
import { log } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { addAdmin, linkAdminLogin } from './accounts.sql.ts';
import type { UserPool } from './user-pool.ts';

interface NewAdmin {
  readonly email: string;
  readonly clinicId?: string | undefined;
}

/**
 * Creates an admin: the row, the login, the group. Safe to repeat after a failure of any step; a deactivated admin becomes active again.
 * @throws {RefusalError} if SQL refuses the admin, or if the email address is in use
 */
export async function createAdmin(
  { db, userPool }: { db: Db; userPool: Pick<UserPool, 'inviteUser' | 'addToGroup'> },
  { email, clinicId }: NewAdmin,
): Promise<{ staffId: string }> {
  const name = email.split('@')[0] ?? email;
  const { staffId } = unwrapOrThrow(await addAdmin(db, { email, name, clinicId }));
  const loginSub = await userPool.inviteUser({ email, name });
  unwrapOrThrow(await linkAdminLogin(db, staffId, loginSub));
  await userPool.addToGroup(email, 'admin');
  log('admin_created', { clinicId });
  return { staffId };
}
