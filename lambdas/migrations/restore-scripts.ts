import type { Db } from '../shared/sql.ts';
import { inTransaction, runScript } from './apply-script.ts';
import { checkFunctionBodies } from './function-bodies.sql.ts';
import { insertHistoryRow } from './history.sql.ts';
import type { MigrationLog } from './migration-log.ts';
import type { Script } from './read-scripts.ts';

/**
 * Applies the repeatable scripts of a release to the schema of a later one: all of them, or none if one does not fit. Each release's
 * schema must serve the code of the release before, so both are valid. Never throws. Returns the applied files.
 */
export async function restoreScripts(db: Db, scripts: readonly Script[], log: MigrationLog): Promise<string[]> {
  if (scripts.length === 0) return [];
  try {
    await inTransaction(db, log, async () => {
      for (const script of scripts) {
        await runScript(db, script);
        await insertHistoryRow(db, script, { milliseconds: 0, success: true });
      }
      await checkFunctionBodies(db);
    });
  } catch (error) {
    log('scripts_not_restored', { reason: error instanceof Error ? error.message : String(error) });
    return [];
  }
  for (const { file } of scripts) log('script_applied', { script: file });
  return scripts.map(({ file }) => file);
}
