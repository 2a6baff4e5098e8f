import type { HistoryRow } from './history.sql.ts';
import { compareVersions } from './script-name.ts';
import type { Script } from './scripts.ts';

/** What a folder means for a database: the scripts to run, or the faults that forbid to run any. */
export interface Comparison {
  readonly pending: readonly Script[];
  readonly faults: readonly string[];
  /** Applied by a later release than this one: no fault, because a rolled-back deployment meets them. */
  readonly newer: readonly HistoryRow[];
}

/** Compares scripts, in their order, with all the runs there have been. */
export function compare(scripts: readonly Script[], history: readonly HistoryRow[]): Comparison {
  const versioned = scripts.filter(isVersioned);
  const applied = history.filter(isVersioned);
  const newest = versioned.at(-1);
  const newer = applied.filter((row) => !newest || compareVersions(row.version, newest.version) > 0);
  const last = applied.toSorted((a, b) => compareVersions(a.version, b.version)).at(-1);
  const pendingVersioned = versioned.filter((script) => !applied.some((row) => sameVersion(row, script)));
  const pendingRepeatable = scripts.filter((script) => script.version === null && isOutdated(script, history));
  return {
    pending: [...pendingVersioned, ...pendingRepeatable],
    newer,
    faults: [
      ...history.flatMap(faultsOfRun),
      ...applied.filter((row) => !newer.includes(row)).flatMap((row) => faultsOfPast(row, versioned)),
      ...pendingVersioned.flatMap((script) => {
        if (!last || compareVersions(script.version, last.version) > 0) return [];
        return [`${script.file} comes too late: version ${last.version} is applied. Give it a version above that.`];
      }),
    ],
  };
}

type Versioned = { readonly version: string };

function isVersioned<T extends { readonly version: string | null }>(item: T): item is T & Versioned {
  return item.version !== null;
}

const sameVersion = (a: Versioned, b: Versioned) => compareVersions(a.version, b.version) === 0;

function isOutdated(script: Script, history: readonly HistoryRow[]): boolean {
  const latest = history.findLast((row) => row.version === null && row.description === script.description);
  return latest?.checksum !== script.checksum;
}

function faultsOfRun(row: HistoryRow): string[] {
  if (row.type !== 'SQL')
    return [`${row.script} was entered as ${row.type}, which only Flyway itself understands: migrate with Flyway.`];
  if (row.success) return [];
  const repair = `delete from flyway_schema_history where installed_rank = ${row.installed_rank}`;
  return [`${row.script} failed outside a transaction. Undo by hand what it left, then run \`${repair}\`.`];
}

function faultsOfPast(row: HistoryRow & Versioned, versioned: readonly (Script & Versioned)[]): string[] {
  const script = versioned.find((candidate) => sameVersion(candidate, row));
  if (!script) return [`${row.script} is applied, but the folder has no version ${row.version}: put it back.`];
  const faults: string[] = [];
  if (script.checksum !== row.checksum) {
    const sums = `checksum ${script.checksum}, applied ${row.checksum}`;
    faults.push(`${script.file} was changed after it was applied (${sums}): put it back, write a new script.`);
  }
  if (script.description !== row.description) {
    faults.push(`${script.file} was renamed after it was applied as ${row.script}: give it that name again.`);
  }
  return faults;
}
