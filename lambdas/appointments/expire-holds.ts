import { randomUUID } from 'node:crypto';
import type { FreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { updateFreeSlotIndexForRequest } from '../outbox/update-free-slot-index.ts';
import { planRequestedDoctors } from '../schedules/plan-requested-doctors.ts';
import { log } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { expireHoldBatch } from './appointments.sql.ts';

const BATCH_SIZE = 200;

/**
 * Expires overdue holds, one transaction for each batch, until only holds that other transactions have locked are left. A batch skips
 * locked holds, so a short batch need not be the last. Then plans the doctors for whom a release has requested it. Returns how many holds
 * were expired.
 */
export async function expireHolds(db: Db, index?: FreeSlotIndex): Promise<{ expired: number }> {
  const runId = randomUUID();
  let expired = 0;
  for (let batchCount = 1; batchCount > 0; expired += batchCount)
    batchCount = await expireHoldBatch(db, BATCH_SIZE, runId);
  await updateFreeSlotIndexForRequest(db, index, runId);
  await planRequestedDoctors(db, index, runId);
  if (expired > 0) log('holds_expired', { count: expired });
  return { expired };
}
