import type { HistoryRow } from './history.sql.ts';

/** The checksums of the first scripts of replaced baselines. Add one whenever the scripts are squashed. */
const FIRST_SCRIPTS: readonly (number | null)[] = [-643504984, 1205580121];

/** Whether a replaced baseline created the database, so that these scripts cannot upgrade it. */
export function hasReplacedBaseline(history: readonly HistoryRow[]): boolean {
  return history.some((row) => row.version === '1' && FIRST_SCRIPTS.includes(row.checksum));
}

/** Thrown when the database must be created again. No release used the replaced baselines, so there is no data to keep. */
export class ReplacedBaselineError extends Error {
  override name = 'ReplacedBaselineError';

  constructor() {
    super(
      'Nothing was migrated: this database was created by a version before 0.2.0 and cannot be upgraded. Create a new database.',
    );
  }
}
