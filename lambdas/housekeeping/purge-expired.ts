import { log } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { purgeBatch } from './housekeeping.sql.ts';

const BATCH_SIZE = 5000;

/** Deletes all rows past their retention time, with a transaction for each batch. Returns the number of deleted rows. */
export async function purgeExpired(db: Db): Promise<{ deleted: number }> {
  let deleted = 0;
  for (let batchCount = 1; batchCount > 0; deleted += batchCount) {
    batchCount = await purgeBatch(db, BATCH_SIZE);
    if (batchCount > 0) log('purged', { count: batchCount, total: deleted + batchCount });
  }
  return { deleted };
}
