import { log } from '../shared/log.ts';
import { done } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { addAdmin, linkAdminLogin } from './accounts.sql.ts';
import type { UserPool } from './user-pool.ts';

interface NewAdmin {
  readonly email: string;
  readonly clinicId?: string | undefined;
}

/** Makes somebody an admin: the row, the login, the group. Repeatable after any of them; who was dismissed is an admin again. */
export async function createAdmin(
  { db, userPool }: { db: Db; userPool: Pick<UserPool, 'inviteUser' | 'addToGroup'> },
  { email, clinicId }: NewAdmin,
): Promise<{ staffId: string }> {
  const name = email.split('@')[0] ?? email;
  const { staffId } = done(await addAdmin(db, { email, name, clinicId }));
  const loginSub = await userPool.inviteUser({ email, name });
  done(await linkAdminLogin(db, staffId, loginSub));
  await userPool.addToGroup(email, 'admin');
  log('admin_created', { clinicId });
  return { staffId };
}
