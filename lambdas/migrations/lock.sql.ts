import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../shared/sql.ts';
import type { MigrationLog } from './migration-log.ts';

// Flyway's own lock for public.flyway_schema_history, so that Flyway and this migrator exclude each other: "Flyway" in ASCII
// (0x466c79776179) plus Java's hash code of `"public"."flyway_schema_history"`.
const LOCK_KEY = '77433833903597';
const POLL_MILLISECONDS = 100;
const LOG_INTERVAL_SECONDS = 10;

/**
 * Runs `work` under a lock that excludes other migrators and Flyway from this database.
 * The lock belongs to the session, so the connection must not go through RDS Proxy, which shares sessions.
 * @throws when another migrator still holds the lock after `waitSeconds`
 */
export async function withMigrationLock<T>(
  db: Db,
  { waitSeconds, log }: { readonly waitSeconds: number; readonly log: MigrationLog },
  work: () => Promise<T>,
): Promise<T> {
  await acquireLock(db, waitSeconds, log);
  try {
    return await work();
  } finally {
    // A broken connection has released the lock already. This error must not replace the one that broke it.
    await db
      .query('select pg_advisory_unlock($1::bigint)', [LOCK_KEY])
      .catch((error: unknown) => log('cleanup_failed', { step: 'unlock', reason: String(error) }));
  }
}

// Polls instead of waiting inside PostgreSQL: a waiting statement holds a snapshot, and `create index concurrently` waits for all
// snapshots. Tested: PostgreSQL ends one of the two with "deadlock detected".
async function acquireLock(db: Db, waitSeconds: number, log: MigrationLog): Promise<void> {
  const started = performance.now();
  let nextLogSeconds = 0;
  while (!(await tryLock(db))) {
    const elapsedSeconds = (performance.now() - started) / 1000;
    if (elapsedSeconds >= waitSeconds) {
      throw new Error(
        `Another migrator was still running on this database after ${waitSeconds} seconds. ` +
          'Wait until it has finished, or end its session; then migrate again.',
      );
    }
    if (elapsedSeconds >= nextLogSeconds) {
      log('waiting_for_lock', { waitedSeconds: Math.round(elapsedSeconds), atMostSeconds: waitSeconds });
      nextLogSeconds += LOG_INTERVAL_SECONDS;
    }
    await sleep(POLL_MILLISECONDS);
  }
}

async function tryLock(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ locked: boolean }>('select pg_try_advisory_lock($1::bigint) as locked', [LOCK_KEY]);
  return rows[0]?.locked === true;
}
