import type { SlotState } from '../availability/free-slot-index/free-slot-index.ts';
import { type Db, singleRow } from '../shared/sql.ts';
import type { ChangedSlots } from './update-free-slot-index.ts';

/** See changed_slots() in the migrations. Returns the slots that this request or run has changed, by clinic. */
export async function listChangedSlots(db: Db, requestId: string): Promise<ChangedSlots[]> {
  const result = await db.query<{ changed: ChangedSlots[] }>('select changed_slots($1::text, null, null) as changed', [
    requestId,
  ]);
  return singleRow(result).changed;
}

/** A change that was not published to the index yet. A change without a clinic has no slots. */
export interface UnindexedChange {
  /** A bigint, as text. */
  readonly id: string;
  readonly clinicId: string | null;
  readonly slots: readonly SlotState[];
}

/** See unindexed_changes() in the migrations. `after` is the id of the last change read, '0' for the first page. */
export async function listUnindexedChanges(db: Db, after: string, limit: number): Promise<UnindexedChange[]> {
  const { rows } = await db.query<UnindexedChange>(
    'select id, clinic_id as "clinicId", slots from unindexed_changes($1::bigint, $2::int)',
    [after, limit],
  );
  return rows;
}

/** See mark_indexed() in the migrations. */
export async function markIndexed(db: Db, ids: readonly string[]): Promise<void> {
  await db.query('select mark_indexed($1::bigint[])', [ids]);
}

/** See unindexed_age_seconds() in the migrations. */
export async function readUnindexedAgeSeconds(db: Db): Promise<number> {
  return singleRow(await db.query<{ seconds: number }>('select unindexed_age_seconds() as seconds')).seconds;
}
