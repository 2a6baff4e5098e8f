import type { Db } from '../shared/sql.ts';
import { insertPatient } from './accounts.sql.ts';
import type { PoolUser, UserPool } from './user-pool.ts';

/**
 * Makes a confirmed user a patient: first the row, then the group, so that a token with the group always finds its row.
 * Both may be repeated. False for the address of a doctor or an admin, who are not made patients by signing up.
 */
export async function registerPatient(
  { db, userPool }: { db: Db; userPool: Pick<UserPool, 'addToGroup'> },
  username: string,
  user: Omit<PoolUser, 'confirmed'>,
): Promise<boolean> {
  const patientId = await insertPatient(db, user);
  if (patientId === null) return false;
  await userPool.addToGroup(username, 'patient');
  return true;
}
