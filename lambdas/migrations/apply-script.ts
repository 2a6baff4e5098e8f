import type { Db } from '../shared/sql.ts';
import { insertHistoryRow, markSucceeded } from './history.sql.ts';
import type { MigrationLog } from './migration-log.ts';
import type { Script } from './read-scripts.ts';

/** Shorter than every role's statement timeout, so that requests survive the wait. After it the deployment fails and can be repeated. */
const LOCK_TIMEOUT_SECONDS = 2;

/**
 * Runs a script and records it in the history. In a transaction: both or neither. Outside a transaction: the row is inserted first, as
 * failed, and marked as successful afterwards, so that a script that was interrupted blocks the next run.
 * @throws an error with the script's name and, where PostgreSQL reports it, the line
 */
export async function applyScript(db: Db, script: Script, log: MigrationLog): Promise<void> {
  const started = performance.now();
  const milliseconds = () => performance.now() - started;
  try {
    await (script.transactional
      ? applyInTransaction(db, script, milliseconds, log)
      : applyWithoutTransaction(db, script, milliseconds));
  } catch (error) {
    throw new Error(`${script.file}${formatErrorLine(script.sql, error)}: ${getErrorMessage(error)}`, { cause: error });
  }
  log('script_applied', { script: script.file, milliseconds: Math.round(milliseconds()) });
}

async function applyInTransaction(
  db: Db,
  script: Script,
  milliseconds: () => number,
  log: MigrationLog,
): Promise<void> {
  await inTransaction(db, log, async () => {
    await runScript(db, script);
    await insertHistoryRow(db, script, { milliseconds: milliseconds(), success: true });
  });
}

/** Runs the text of a script in the open transaction. */
export async function runScript(db: Db, script: Script): Promise<void> {
  // While the script waits for a table lock, all later requests for the table wait behind it.
  await db.query(`set local lock_timeout = '${LOCK_TIMEOUT_SECONDS}s'`);
  await db.query(script.sql);
  // The settings of this script must not affect the next one.
  await db.query('reset role; reset all');
}

/** Runs `work` in a transaction, which an error rolls back. */
export async function inTransaction(db: Db, log: MigrationLog, work: () => Promise<void>): Promise<void> {
  await db.query('begin');
  try {
    await work();
    await db.query('commit');
  } catch (error) {
    // If the rollback fails too, the connection is broken, and the caller needs the first error.
    await db
      .query('rollback')
      .catch((failure: unknown) => log('cleanup_failed', { step: 'rollback', reason: String(failure) }));
    throw error;
  }
}

async function applyWithoutTransaction(db: Db, script: Script, milliseconds: () => number): Promise<void> {
  const rank = await insertHistoryRow(db, script, { milliseconds: 0, success: false });
  await db.query(script.sql);
  await markSucceeded(db, rank, milliseconds());
}

/** PostgreSQL counts code points from 1; JavaScript strings count UTF-16 units. */
function formatErrorLine(sql: string, error: unknown): string {
  if (!(error instanceof Error && 'position' in error && typeof error.position === 'string')) return '';
  const before = [...sql].slice(0, Number(error.position) - 1).join('');
  return `, line ${before.split(/\r\n|\n|\r/).length}`;
}

function getErrorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
