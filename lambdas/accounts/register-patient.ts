import type { Db } from '../shared/sql.ts';
import { insertPatient } from './accounts.sql.ts';
import type { PoolUser, UserPool } from './user-pool.ts';

/**
 * Registers a confirmed user as a patient: first the row, then the group, so that a token with the group always has a row. Safe to repeat.
 * Returns false for the email address of a doctor or an admin, who cannot become patients by signing up.
 */
export async function registerPatient(
  { db, userPool }: { db: Db; userPool: Pick<UserPool, 'addToGroup'> },
  username: string,
  user: Omit<PoolUser, 'isConfirmed'>,
): Promise<boolean> {
  const patientId = await insertPatient(db, user);
  if (patientId === null) return false;
  await userPool.addToGroup(username, 'patient');
  return true;
}
