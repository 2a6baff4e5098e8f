import type { Db } from '../../shared/sql.ts';
import type { FreeIndex, Merged } from './free-index.ts';
import { type ClinicDay, listSlotsOfDay } from './resync.sql.ts';

interface Deps {
  readonly db: Db;
  readonly index: FreeIndex;
}

interface SyncedDay {
  /** How many slots the day has. */
  readonly slots: number;
  /** Of how many the index had another state. */
  readonly repaired: number;
}

/**
 * Brings the index of a clinic's day to what the database has. What the index knows beyond that came after the snapshot, and a second one has it;
 * or the database has lost it, as one does that is restored to an earlier time, and the day is made anew: at worst for nothing, after two changes of a
 * slot in a moment. Undefined: the lease was lost, or the cache is away.
 */
export async function syncDay(deps: Deps, day: ClinicDay): Promise<SyncedDay | undefined> {
  const first = await mergeDay(deps, day);
  if (!first || first.outdated.length === 0) return first && { slots: first.slots, repaired: first.changed };
  const second = await mergeDay(deps, day);
  if (!second) return undefined;
  const repaired = first.changed + second.changed;
  const lost = second.outdated.filter((slot) => first.outdated.includes(slot)).length;
  if (lost === 0) return { slots: second.slots, repaired };
  if (!(await deps.index.forget(day.clinicId, [day.day]))) return undefined;
  const anew = await mergeDay(deps, day);
  return anew && { slots: anew.slots, repaired: repaired + lost };
}

async function mergeDay({ db, index }: Deps, day: ClinicDay): Promise<(Merged & { slots: number }) | undefined> {
  const lease = await index.begin(day.clinicId, day.day);
  if (!lease) return undefined;
  const slots = await listSlotsOfDay(db, day);
  const merged = await index.merge(lease, slots);
  return merged && { ...merged, slots: slots.length };
}
