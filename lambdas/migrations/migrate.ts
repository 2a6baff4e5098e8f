import type { Db } from '../shared/sql.ts';
import { applyScript } from './apply-script.ts';
import { compare } from './compare.ts';
import { createHistory, listHistory } from './history.sql.ts';
import { withMigrationLock } from './lock.sql.ts';
import type { MigrationLog } from './log.ts';
import { readScripts } from './scripts.ts';

export interface MigrateOptions {
  /** The folder of the scripts. */
  readonly directory: string;
  readonly log: MigrationLog;
  /** How long to wait for another migrator on the same database. */
  readonly lockWaitSeconds?: number;
}

/**
 * Brings a database up to the scripts of a folder, the way Flyway does and in Flyway's own table: pending versioned
 * scripts, then changed repeatable ones. Applies nothing unless folder and history agree; the error lists every fault.
 * Of several at once on one database one works, the others wait and find nothing to do. Returns the files applied.
 *
 * `db` is a session of its own on the writer, idle and outside a transaction, signed in as the owner of the schema.
 */
export async function migrate(db: Db, options: MigrateOptions): Promise<{ applied: string[] }> {
  const { directory, log, lockWaitSeconds = 300 } = options;
  const folder = await readScripts(directory);
  return withMigrationLock(db, { waitSeconds: lockWaitSeconds, log }, async () => {
    await createHistory(db);
    const { pending, newer, faults } = compare(folder.scripts, await listHistory(db));
    refuseIfAny([...folder.faults, ...faults]);
    for (const row of newer) log('database_is_newer', { script: row.script });
    for (const script of pending) await applyScript(db, script, log);
    return { applied: pending.map((script) => script.file) };
  });
}

function refuseIfAny(faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new Error(['Nothing was migrated.', ...faults].join('\n- '));
}
