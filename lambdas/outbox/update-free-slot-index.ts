import type { FreeSlotIndex, SlotState } from '../availability/free-slot-index/free-slot-index.ts';
import { logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { listChangedSlots } from './outbox.sql.ts';

/** The changed slots of a clinic. */
export interface ChangedSlots {
  readonly clinicId: string;
  readonly slots: readonly SlotState[];
}

/** A larger change would take longer than a request should wait: the relay publishes it within a minute. */
const MAX_SLOTS = 500;

/**
 * Updates the index right after a commit, if it can: without the cache it neither fails nor waits for long, and the relay publishes the
 * change later.
 */
export async function updateFreeSlotIndex(
  index: FreeSlotIndex | undefined,
  changed: readonly ChangedSlots[],
): Promise<void> {
  const total = changed.reduce((sum, { slots }) => sum + slots.length, 0);
  if (!index || total > MAX_SLOTS) return;
  await Promise.all(changed.map(({ clinicId, slots }) => index.apply(clinicId, slots)));
}

/** Updates the index with the slots that the outbox has for this request or run. Never throws. */
export async function updateFreeSlotIndexForRequest(
  db: Db,
  index: FreeSlotIndex | undefined,
  requestId: string,
): Promise<void> {
  if (!index) return;
  try {
    await updateFreeSlotIndex(index, await listChangedSlots(db, requestId));
  } catch (error) {
    // The change is committed, so this error must not fail the request.
    logError('index_update_failed', error, { requestId });
  }
}
