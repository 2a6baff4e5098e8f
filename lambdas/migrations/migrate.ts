import type { Db } from '../shared/sql.ts';
import { applyScript } from './apply-script.ts';
import { checkFunctionBodies } from './function-bodies.sql.ts';
import { createHistoryTable, listHistory } from './history.sql.ts';
import { withMigrationLock } from './lock.sql.ts';
import type { MigrationLog } from './migration-log.ts';
import { planMigration } from './plan-migration.ts';
import { readScripts } from './read-scripts.ts';
import { hasReplacedBaseline, ReplacedBaselineError } from './replaced-baseline.ts';
import { restoreScripts } from './restore-scripts.ts';

/** Options of a migration. */
export interface MigrateOptions {
  /** The folder of the scripts. */
  readonly directory: string;
  readonly log: MigrationLog;
  /** How long to wait for another migrator on the same database. @default 300 */
  readonly lockWaitSeconds?: number;
}

/**
 * Applies the scripts of a folder to a database as Flyway does, with Flyway's history table: pending versioned scripts, then changed
 * repeatable ones. Then checks the bodies of all SQL functions, because the order of repeatable scripts must not matter. Of several
 * concurrent migrations one works; the others wait and find nothing to do. Returns the applied files.
 *
 * In a database that is newer than the folder, it restores the folder's repeatable scripts if that is possible, and succeeds in any case,
 * even if the newer script failed: CloudFormation runs the previous release's migrator when it rolls a deployment back, and an error would
 * leave the stack in `UPDATE_ROLLBACK_FAILED`.
 *
 * `db` must be a dedicated session on the writer, idle and outside a transaction, signed in as the owner of the schema.
 * @throws one error with all differences between folder and history, and applies nothing then
 */
export async function migrate(db: Db, options: MigrateOptions): Promise<{ applied: string[] }> {
  const { directory, log, lockWaitSeconds = 300 } = options;
  const folder = await readScripts(directory);
  return withMigrationLock(db, { waitSeconds: lockWaitSeconds, log }, async () => {
    await createHistoryTable(db);
    const history = await listHistory(db);
    if (hasReplacedBaseline(history)) throw new ReplacedBaselineError();
    const { pending, newer, errors } = planMigration(folder.scripts, history);
    throwIfAny([...folder.errors, ...errors]);
    for (const row of newer)
      log('database_is_newer', { script: row.script, state: row.success ? 'applied' : 'failed' });
    if (newer.length > 0) return { applied: await restoreScripts(db, pending, log) };
    for (const script of pending) await applyScript(db, script, log);
    await checkFunctionBodies(db);
    return { applied: pending.map((script) => script.file) };
  });
}

function throwIfAny(errors: readonly string[]): void {
  if (errors.length === 0) return;
  throw new Error(['Nothing was migrated.', ...errors].join('\n- '));
}
