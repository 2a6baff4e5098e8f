import { log } from '../shared/log.ts';
import { done } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { callCreateAdmin } from './accounts.sql.ts';
import type { UserPool } from './user-pool.ts';

interface NewAdmin {
  readonly email: string;
  readonly clinicId?: string | undefined;
}

/** Makes somebody an admin: the login first, then the row. Repeatable; who was dismissed is an admin again. */
export async function createAdmin(
  deps: { db: Db; userPool: UserPool },
  { email, clinicId }: NewAdmin,
): Promise<{ staffId: string }> {
  const name = email.split('@')[0] ?? email;
  const sub = await deps.userPool.ensureUser({ email, name, group: 'admin' });
  const { staffId } = done(await callCreateAdmin(deps.db, { sub, name, email, clinicId }));
  log('admin_created', { clinicId });
  return { staffId };
}
