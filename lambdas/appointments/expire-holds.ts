import { randomUUID } from 'node:crypto';
import type { FreeIndex } from '../availability/index/free-index.ts';
import { tellIndexOf } from '../outbox/tell-index.ts';
import { log } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { settleExpiredHolds } from './appointments.sql.ts';

const BATCH = 200;

/**
 * Settles the holds that have expired, a transaction for each batch, until there are no more or others have locked all that are
 * left: a batch is short when it meets a booking, so a short one is not the last. Answers how many.
 */
export async function expireHolds(db: Db, index?: FreeIndex): Promise<{ expired: number }> {
  const runId = randomUUID();
  let expired = 0;
  for (let settled = 1; settled > 0; expired += settled) settled = await settleExpiredHolds(db, BATCH, runId);
  await tellIndexOf(db, index, runId);
  if (expired > 0) log('holds_expired', { count: expired });
  return { expired };
}
