import type { Db } from '../shared/sql.ts';
import { insertPatient } from './accounts.sql.ts';
import type { PoolUser, UserPool } from './user-pool.ts';

/**
 * Registers a confirmed user of the patients' pool as a patient: first the row, then the group, so that a token with the group always has a
 * row. Safe to repeat.
 */
export async function registerPatient(
  { db, userPool }: { db: Db; userPool: Pick<UserPool, 'addToGroup'> },
  username: string,
  user: Omit<PoolUser, 'isConfirmed'>,
): Promise<void> {
  await insertPatient(db, user);
  await userPool.addToGroup(username, 'patient');
}
