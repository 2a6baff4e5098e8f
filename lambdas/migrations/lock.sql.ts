import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../shared/sql.ts';
import type { MigrationLog } from './log.ts';

// Flyway's own for public.flyway_schema_history, so that Flyway and we keep each other out: "Flyway" in ASCII
// (0x466c79776179) plus the hash that Java gives to `"public"."flyway_schema_history"`.
const LOCK = '77433833903597';
const POLL_MS = 100;
const REPORT_SECONDS = 10;

/**
 * Runs `work` while no other migrator, nor Flyway, is at work on this database; waits for one at most `waitSeconds`.
 * The lock belongs to the session, so the connection must be the server's own: RDS Proxy would share it.
 */
export async function withMigrationLock<T>(
  db: Db,
  { waitSeconds, log }: { readonly waitSeconds: number; readonly log: MigrationLog },
  work: () => Promise<T>,
): Promise<T> {
  await acquire(db, waitSeconds, log);
  try {
    return await work();
  } finally {
    // A broken connection has given the lock up already, and must not replace the error that tells why it broke.
    await db
      .query('select pg_advisory_unlock($1::bigint)', [LOCK])
      .catch((error: unknown) => log('cleanup_failed', { step: 'unlock', reason: String(error) }));
  }
}

// Asks again and again rather than wait inside PostgreSQL: a waiting statement holds a snapshot, and `create index
// concurrently` waits for all of those. Tried: PostgreSQL ends one of the two with "deadlock detected".
async function acquire(db: Db, waitSeconds: number, log: MigrationLog): Promise<void> {
  const started = performance.now();
  let report = 0;
  while (!(await tryLock(db))) {
    const waited = (performance.now() - started) / 1000;
    if (waited >= waitSeconds) {
      throw new Error(
        `Another migrator was still at work on this database after ${waitSeconds} seconds. ` +
          'Wait until it is done, or end its session; then migrate again.',
      );
    }
    if (waited >= report) {
      log('waiting_for_lock', { waitedSeconds: Math.round(waited), atMostSeconds: waitSeconds });
      report += REPORT_SECONDS;
    }
    await sleep(POLL_MS);
  }
}

async function tryLock(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ locked: boolean }>('select pg_try_advisory_lock($1::bigint) as locked', [LOCK]);
  return rows[0]?.locked === true;
}
