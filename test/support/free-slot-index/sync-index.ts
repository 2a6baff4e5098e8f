import type pg from 'pg';
import type { FreeSlotIndex, Lease, SlotState } from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { listUtcDays, toUtcDay } from '../../../lambdas/availability/free-slot-index/slot-encoding.ts';

/** Reads all slots of a clinic that start on a UTC day from the database. */
export async function readSlotsOfDay(owner: pg.Client, clinicId: string, day: string): Promise<SlotState[]> {
  const { rows } = await owner.query<{ slots: SlotState[] }>(
    `select slots_to_json(array(
       select id from availability_slots
       where clinic_id = $1 and start_time >= $2::timestamptz and start_time < $2::timestamptz + interval '24 hours')) as slots`,
    [clinicId, `${day}T00:00:00Z`],
  );
  return rows[0]?.slots ?? [];
}

/** Syncs each UTC day of the span into the index. Returns the number of slots that were missing or outdated in the index. */
export async function syncIndex(
  index: FreeSlotIndex,
  owner: pg.Client,
  clinicId: string,
  from: Date,
  to: Date,
): Promise<number> {
  let changed = 0;
  for (const day of listUtcDays(from, to)) {
    const lease = await index.acquireLease(clinicId, day);
    const merged = lease && (await index.merge(lease, await readSlotsOfDay(owner, clinicId, day)));
    if (!merged) throw new Error(`The sync of ${day} of clinic ${clinicId} failed.`);
    changed += merged.changed;
  }
  return changed;
}

/** Acquires the lease of a day. @throws if the cache is not available */
export async function acquireLeaseOrThrow(index: FreeSlotIndex, clinicId: string, day: string): Promise<Lease> {
  const lease = await index.acquireLease(clinicId, day);
  if (!lease) throw new Error('The cache is not available.');
  return lease;
}

interface SlotOptions {
  readonly id: string;
  readonly status?: string;
  readonly version?: number;
  readonly doctorId?: string;
  readonly seat?: number;
}

/** Creates a slot of half an hour. */
export function createSlot(start: Date, options: SlotOptions): SlotState {
  const toUtcText = (instant: Date) => instant.toISOString().replace('.000Z', 'Z');
  const defaults = { doctorId: '00000000-0000-4000-8000-000000000001', seat: 1, status: 'free', version: 1 };
  return {
    ...defaults,
    ...options,
    startTime: toUtcText(start),
    endTime: toUtcText(new Date(start.getTime() + 30 * 60_000)),
  };
}

/** Returns the start of the instant's UTC day and the start of the next day. */
export const toDaySpan = (at: Date): [from: Date, to: Date] => {
  const from = new Date(`${toUtcDay(at)}T00:00:00Z`);
  return [from, new Date(from.getTime() + 86_400_000)];
};
