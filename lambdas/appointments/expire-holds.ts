import { randomUUID } from 'node:crypto';
import { log } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { settleExpiredHolds } from './appointments.sql.ts';

const BATCH = 200;

/**
 * Settles the holds that have expired, a transaction for each batch, until there are no more. What a booking has locked meanwhile
 * is left to it. Answers how many.
 */
export async function expireHolds(db: Db): Promise<{ expired: number }> {
  const runId = randomUUID();
  let expired = 0;
  for (let settled = BATCH; settled === BATCH; expired += settled) settled = await settleExpiredHolds(db, BATCH, runId);
  if (expired > 0) log('holds_expired', { count: expired });
  return { expired };
}
