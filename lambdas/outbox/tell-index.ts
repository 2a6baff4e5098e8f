import type { FreeIndex, SlotState } from '../availability/index/free-index.ts';
import { logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { listChangedSlots } from './outbox.sql.ts';

/** What was changed at a clinic. */
export interface ChangedSlots {
  readonly clinicId: string;
  readonly slots: readonly SlotState[];
}

/** Telling of more than this takes longer than a request should wait: the relay does it within a minute. */
const MOST_SLOTS = 500;

/**
 * Tells the index of a change at once, after its commit. As well as it can: nobody fails or waits for long because the cache is away, and
 * what it was not told now it will be told by the relay.
 */
export async function tellIndex(index: FreeIndex | undefined, changed: readonly ChangedSlots[]): Promise<void> {
  const total = changed.reduce((sum, { slots }) => sum + slots.length, 0);
  if (!index || total > MOST_SLOTS) return;
  await Promise.all(changed.map(({ clinicId, slots }) => index.apply(clinicId, slots)));
}

/** The same for a change whose slots the caller was not told: those that the outbox has of this request or run. */
export async function tellIndexOf(db: Db, index: FreeIndex | undefined, requestId: string): Promise<void> {
  if (!index) return;
  try {
    await tellIndex(index, await listChangedSlots(db, requestId));
  } catch (error) {
    // The change is done, so it must not fail by this.
    logError('index_not_told', error, { requestId });
  }
}
