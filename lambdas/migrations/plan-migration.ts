import type { HistoryRow } from './history.sql.ts';
import type { Script } from './read-scripts.ts';
import { compareVersions } from './script-name.ts';

/** The scripts to run, or the errors because of which none may run. */
export interface MigrationPlan {
  readonly pending: readonly Script[];
  readonly errors: readonly string[];
  /**
   * Rows of a later release, also of a script that failed. They are no errors, because a deployment that is rolled back finds them. Only
   * repeatable scripts are pending then.
   */
  readonly newer: readonly HistoryRow[];
}

/** Compares the scripts, in their order, with the history. */
export function planMigration(scripts: readonly Script[], history: readonly HistoryRow[]): MigrationPlan {
  const versioned = scripts.filter(isVersioned);
  const applied = history.filter(isVersioned);
  const newestScript = versioned.at(-1);
  const isNewer = (row: HistoryRow) =>
    isVersioned(row) && (!newestScript || compareVersions(row.version, newestScript.version) > 0);
  const newer = applied.filter(isNewer);
  const lastApplied = applied.toSorted((a, b) => compareVersions(a.version, b.version)).at(-1);
  const pendingVersioned = versioned.filter((script) => !applied.some((row) => isSameVersion(row, script)));
  const pendingRepeatable = scripts.filter((script) => script.version === null && hasChanged(script, history));
  return {
    pending: [...pendingVersioned, ...pendingRepeatable],
    newer,
    errors: [
      ...history.filter((row) => !isNewer(row)).flatMap(findRunErrors),
      ...applied.filter((row) => !isNewer(row)).flatMap((row) => findHistoryErrors(row, versioned)),
      ...pendingVersioned.flatMap((script) => {
        if (!lastApplied || compareVersions(script.version, lastApplied.version) > 0) return [];
        return [`${script.file} comes too late: version ${lastApplied.version} is applied. Give it a higher version.`];
      }),
    ],
  };
}

type Versioned = { readonly version: string };

function isVersioned<T extends { readonly version: string | null }>(item: T): item is T & Versioned {
  return item.version !== null;
}

const isSameVersion = (a: Versioned, b: Versioned) => compareVersions(a.version, b.version) === 0;

function hasChanged(script: Script, history: readonly HistoryRow[]): boolean {
  const latest = history.findLast((row) => row.version === null && row.description === script.description);
  return latest?.checksum !== script.checksum;
}

function findRunErrors(row: HistoryRow): string[] {
  if (row.type !== 'SQL')
    return [`${row.script} is recorded as ${row.type}, which only Flyway supports: migrate with Flyway.`];
  if (row.success) return [];
  const repair = `delete from flyway_schema_history where installed_rank = ${row.installed_rank}`;
  return [`${row.script} failed outside a transaction. Undo its changes by hand, then run \`${repair}\`.`];
}

function findHistoryErrors(row: HistoryRow & Versioned, versioned: readonly (Script & Versioned)[]): string[] {
  const script = versioned.find((candidate) => isSameVersion(candidate, row));
  if (!script) return [`${row.script} is applied, but the folder has no version ${row.version}: restore the script.`];
  const errors: string[] = [];
  if (script.checksum !== row.checksum) {
    const checksums = `checksum ${script.checksum}, applied ${row.checksum}`;
    errors.push(`${script.file} was changed after it was applied (${checksums}): restore it and write a new script.`);
  }
  if (script.description !== row.description) {
    errors.push(`${script.file} was renamed after it was applied as ${row.script}: restore that name.`);
  }
  return errors;
}
