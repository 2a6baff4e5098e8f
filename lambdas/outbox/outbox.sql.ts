import type { SlotState } from '../availability/index/free-index.ts';
import { type Db, oneRow } from '../shared/sql.ts';
import type { ChangedSlots } from './tell-index.ts';

/** See changed_slots() in the migrations: by clinic, what this request or run has changed. */
export async function listChangedSlots(db: Db, requestId: string): Promise<ChangedSlots[]> {
  const result = await db.query<{ changed: ChangedSlots[] }>('select changed_slots($1::text, null, null) as changed', [
    requestId,
  ]);
  return oneRow(result).changed;
}

/** A change that the index has not been told of. One that concerns no clinic has no slots. */
export interface UnindexedChange {
  /** A bigint, as text. */
  readonly id: string;
  readonly clinicId: string | null;
  readonly slots: readonly SlotState[];
}

/** See unindexed_changes() in the migrations. `after` is the id of the last one seen, '0' at first. */
export async function listUnindexed(db: Db, after: string, limit: number): Promise<UnindexedChange[]> {
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

/** See unindexed_age() in the migrations. */
export async function unindexedAgeSeconds(db: Db): Promise<number> {
  return oneRow(await db.query<{ seconds: number }>('select unindexed_age() as seconds')).seconds;
}
