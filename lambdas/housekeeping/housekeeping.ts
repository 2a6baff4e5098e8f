import { log } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { purge } from './housekeeping.sql.ts';

const BATCH = 5000;

/** Deletes what has served its time, a transaction for each batch, until there is nothing more. Answers how many rows. */
export async function keepHouse(db: Db): Promise<{ deleted: number }> {
  let deleted = 0;
  for (let gone = 1; gone > 0; deleted += gone) {
    gone = await purge(db, BATCH);
    if (gone > 0) log('purged', { count: gone, total: deleted + gone });
  }
  return { deleted };
}
