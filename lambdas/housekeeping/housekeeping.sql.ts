import { type Db, oneRow } from '../shared/sql.ts';

/** See purge() in the migrations. Answers how many rows were deleted; at most `limit` of each kind. */
export async function purge(db: Db, limit: number): Promise<number> {
  return oneRow(await db.query<{ deleted: number }>('select purge($1::int) as deleted', [limit])).deleted;
}
