import { type Db, singleRow } from '../shared/sql.ts';

/** See purge() in the migrations. Deletes at most `limit` rows of each kind and returns the number of deleted rows. */
export async function purgeBatch(db: Db, limit: number): Promise<number> {
  return singleRow(await db.query<{ deleted: number }>('select purge($1::int) as deleted', [limit])).deleted;
}
