import type { FreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { updateFreeSlotIndexForRequest } from '../outbox/update-free-slot-index.ts';
import { logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { planRequestedDoctor } from './schedules.sql.ts';

/**
 * Plans the doctors of whom a slot was released that is no longer offered, so that the slot that takes its time is offered at once. Returns
 * how many doctors were planned. Each has their own transaction.
 */
export async function planRequestedDoctors(
  db: Db,
  index: FreeSlotIndex | undefined,
  runId: string,
): Promise<{ planned: number }> {
  let planned = 0;
  while (await planRequestedDoctor(db, runId)) planned += 1;
  if (planned > 0) await updateFreeSlotIndexForRequest(db, index, runId);
  return { planned };
}

/** Does the same after a command that is committed: an error does not fail the request, because the job repeats it within a minute. */
export async function planRequestedDoctorsAfterCommand(
  db: Db,
  index: FreeSlotIndex | undefined,
  requestId: string,
): Promise<void> {
  try {
    await planRequestedDoctors(db, index, requestId);
  } catch (error) {
    logError('slot_planning_failed', error, { requestId });
  }
}
