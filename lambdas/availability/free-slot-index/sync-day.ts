import type { Db } from '../../shared/sql.ts';
import type { FreeSlotIndex, MergeResult } from './free-slot-index.ts';
import { type ClinicDay, listSlotsOfDay } from './resync-index.sql.ts';

interface Deps {
  readonly db: Db;
  readonly index: FreeSlotIndex;
}

interface SyncResult {
  /** How many slots the day has. */
  readonly slots: number;
  /** The number of slots of which the index had another state. */
  readonly repaired: number;
}

/**
 * Corrects the index of a clinic's day from the database. If the index has newer states than the snapshot, they were written after it, and
 * a second snapshot has them. If it does not, the database has lost them (for example by a restore to an earlier time) and the day is
 * rebuilt. At worst, two quick changes of a slot cause an unnecessary rebuild. Returns undefined if the lease was lost or the cache is
 * unavailable.
 */
export async function syncDay(deps: Deps, day: ClinicDay): Promise<SyncResult | undefined> {
  const first = await mergeSnapshot(deps, day);
  if (!first || first.outdated.length === 0) return first && { slots: first.slots, repaired: first.changed };
  const second = await mergeSnapshot(deps, day);
  if (!second) return undefined;
  const repaired = first.changed + second.changed;
  const lostCount = second.outdated.filter((slot) => first.outdated.includes(slot)).length;
  if (lostCount === 0) return { slots: second.slots, repaired };
  if (!(await deps.index.removeDays(day.clinicId, [day.day]))) return undefined;
  const third = await mergeSnapshot(deps, day);
  return third && { slots: third.slots, repaired: repaired + lostCount };
}

async function mergeSnapshot(
  { db, index }: Deps,
  day: ClinicDay,
): Promise<(MergeResult & { slots: number }) | undefined> {
  const lease = await index.acquireLease(day.clinicId, day.day);
  if (!lease) return undefined;
  const slots = await listSlotsOfDay(db, day);
  const merged = await index.merge(lease, slots);
  return merged && { ...merged, slots: slots.length };
}
