import type { Db } from '../shared/sql.ts';
import { insertHistory, setSucceeded } from './history.sql.ts';
import type { MigrationLog } from './log.ts';
import type { Script } from './scripts.ts';

/** For so long every request can wait: no role's statements end sooner. The deployment fails then, and can be tried again. */
const LOCK_SECONDS = 2;

/**
 * Runs a script and notes it. In a transaction: both or neither. Outside one: the note is there before the script, as a
 * failure, and becomes a success after it; so whatever ends the script halfway, a kill too, blocks the next run.
 * The error of a script names it and, where PostgreSQL tells, the line.
 */
export async function applyScript(db: Db, script: Script, log: MigrationLog): Promise<void> {
  const started = performance.now();
  const milliseconds = () => performance.now() - started;
  try {
    await (script.transactional
      ? applyInTransaction(db, script, milliseconds, log)
      : applyAlone(db, script, milliseconds));
  } catch (error) {
    throw new Error(`${script.file}${lineOf(script.sql, error)}: ${reasonOf(error)}`, { cause: error });
  }
  log('script_applied', { script: script.file, milliseconds: Math.round(milliseconds()) });
}

async function applyInTransaction(
  db: Db,
  script: Script,
  milliseconds: () => number,
  log: MigrationLog,
): Promise<void> {
  await db.query('begin');
  try {
    // While it waits for a lock on a table, every request that comes later waits behind it.
    await db.query(`set local lock_timeout = '${LOCK_SECONDS}s'`);
    await db.query(script.sql);
    // A `set` of this script must not reach the next one.
    await db.query('reset role; reset all');
    await insertHistory(db, script, { milliseconds: milliseconds(), success: true });
    await db.query('commit');
  } catch (error) {
    // A connection that cannot roll back is broken; what went wrong first is what the caller must see.
    await db
      .query('rollback')
      .catch((failure: unknown) => log('cleanup_failed', { step: 'rollback', reason: String(failure) }));
    throw error;
  }
}

async function applyAlone(db: Db, script: Script, milliseconds: () => number): Promise<void> {
  const rank = await insertHistory(db, script, { milliseconds: 0, success: false });
  await db.query(script.sql);
  await setSucceeded(db, rank, milliseconds());
}

/** PostgreSQL counts characters from 1; an emoji is one of them, and two of JavaScript's. */
function lineOf(sql: string, error: unknown): string {
  if (!(error instanceof Error && 'position' in error && typeof error.position === 'string')) return '';
  const before = [...sql].slice(0, Number(error.position) - 1).join('');
  return `, line ${before.split(/\r\n|\n|\r/).length}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
