import type { FreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { type ChangedSlots, updateFreeSlotIndexForRequest } from '../outbox/update-free-slot-index.ts';
import { logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { planRequestedDoctor } from './schedules.sql.ts';

/**
 * Plans all doctors of whom a slot was released that is no longer offered, so that the slot that takes its time is offered. Each has their
 * own transaction.
 */
export async function planRequestedDoctors(db: Db, index: FreeSlotIndex | undefined, runId: string): Promise<void> {
  let isPlanned = false;
  while (await planRequestedDoctor(db, runId)) isPlanned = true;
  if (isPlanned) await updateFreeSlotIndexForRequest(db, index, runId);
}

/**
 * Does this at once for the slots that a committed command has released. Never throws, because the job repeats within a minute what fails
 * here.
 */
export async function planDoctorsOfReleasedSlots(
  db: Db,
  index: FreeSlotIndex | undefined,
  requestId: string,
  changed: readonly ChangedSlots[],
): Promise<void> {
  const released = changed.flatMap(({ slots }) => slots).filter(({ status }) => status === 'withdrawn');
  if (released.length === 0) return;
  try {
    for (const doctorId of new Set(released.map((slot) => slot.doctorId)))
      await planRequestedDoctor(db, requestId, doctorId);
    await updateFreeSlotIndexForRequest(db, index, requestId);
  } catch (error) {
    logError('slot_planning_failed', error, { requestId });
  }
}
