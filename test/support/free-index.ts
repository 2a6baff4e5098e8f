import type pg from 'pg';
import type { FreeIndex, Lease, SlotState } from '../../lambdas/availability/index/free-index.ts';
import { dayOf, daysOf } from '../../lambdas/availability/index/slots.ts';

/** All slots of a clinic that start on a UTC day, as the database has them now. */
export async function slotsOfDay(owner: pg.Client, clinicId: string, day: string): Promise<SlotState[]> {
  const { rows } = await owner.query<{ slots: SlotState[] }>(
    `select slots_json(array(
       select id from availability_slots
       where clinic_id = $1 and start_time >= $2::timestamptz and start_time < $2::timestamptz + interval '24 hours')) as slots`,
    [clinicId, `${day}T00:00:00Z`],
  );
  return rows[0]?.slots ?? [];
}

/** What a sync does for each of the days that the span touches: lease, snapshot, merge. Answers how many slots were news to the index. */
export async function sync(
  index: FreeIndex,
  owner: pg.Client,
  clinicId: string,
  from: Date,
  to: Date,
): Promise<number> {
  let changed = 0;
  for (const day of daysOf(from, to)) {
    const lease = await index.begin(clinicId, day);
    const merged = lease && (await index.merge(lease, await slotsOfDay(owner, clinicId, day)));
    if (!merged) throw new Error(`The index did not take ${day} of ${clinicId}.`);
    changed += merged.changed;
  }
  return changed;
}

/** Begins, or fails. */
export async function begun(index: FreeIndex, clinicId: string, day: string): Promise<Lease> {
  const lease = await index.begin(clinicId, day);
  if (!lease) throw new Error('The cache is away.');
  return lease;
}

interface SlotOptions {
  readonly id: string;
  readonly status?: string;
  readonly version?: number;
  readonly doctorId?: string;
  readonly seat?: number;
}

/** A slot of half an hour. */
export function slotAt(start: Date, options: SlotOptions): SlotState {
  const utc = (instant: Date) => instant.toISOString().replace('.000Z', 'Z');
  const defaults = { doctorId: '00000000-0000-4000-8000-000000000001', seat: 1, status: 'free', version: 1 };
  return { ...defaults, ...options, start: utc(start), end: utc(new Date(start.getTime() + 30 * 60_000)) };
}

/** The first and the last instant of a UTC day. */
export const wholeDay = (at: Date): [from: Date, to: Date] => {
  const from = new Date(`${dayOf(at)}T00:00:00Z`);
  return [from, new Date(from.getTime() + 86_400_000)];
};
