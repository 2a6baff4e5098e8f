import { expect, it } from 'vitest';
import type { HistoryRow } from '../../../lambdas/migrations/history.sql.ts';
import { planMigration } from '../../../lambdas/migrations/plan-migration.ts';
import type { Script } from '../../../lambdas/migrations/read-scripts.ts';

const createScript = (version: string | null, checksum: number, description = 'x'): Script => ({
  file: version === null ? `R__${description}.sql` : `V${version}__${description}.sql`,
  version,
  description,
  checksum,
  sql: '',
  transactional: true,
});

const createHistory = (scripts: readonly Script[], change: Partial<HistoryRow> = {}): HistoryRow[] =>
  scripts.map(({ file, version, description, checksum }, i) => ({
    installed_rank: i + 1,
    version,
    description,
    type: 'SQL',
    script: file,
    checksum,
    success: true,
    ...change,
  }));

const listFiles = (scripts: readonly Script[]) => scripts.map(({ file }) => file);

it('a database that knows nothing gets everything', () => {
  const scripts = [createScript('1', 1), createScript('2', 2), createScript(null, 3)];
  expect(planMigration(scripts, [])).toEqual({ pending: scripts, newer: [], errors: [] });
});

it('a database that knows everything gets nothing', () => {
  const scripts = [createScript('1', 1), createScript('2', 2), createScript(null, 3)];
  expect(planMigration(scripts, createHistory(scripts))).toEqual({ pending: [], newer: [], errors: [] });
});

it('a repeatable script runs again when it differs from its last run, also if that makes it what it was before', () => {
  const history = createHistory([createScript(null, 1), createScript(null, 2)]);
  expect(listFiles(planMigration([createScript(null, 1)], history).pending)).toEqual(['R__x.sql']);
  expect(listFiles(planMigration([createScript(null, 2)], history).pending)).toEqual([]);
});

it('a repeatable script that is gone is no fault', () => {
  expect(
    planMigration([createScript('1', 1)], createHistory([createScript('1', 1), createScript(null, 2)])).errors,
  ).toEqual([]);
});

it('a version is the same however it is written', () => {
  expect(planMigration([createScript('1.0', 1)], createHistory([createScript('1', 1)]))).toEqual({
    pending: [],
    newer: [],
    errors: [],
  });
});

it('a rolled-back release meets newer versions without a fault', () => {
  const history = createHistory([createScript('1', 1), createScript('2', 2)]);
  const { newer, errors, pending } = planMigration([createScript('1', 1)], history);
  expect(newer).toEqual(history.slice(1));
  expect([...errors, ...pending]).toEqual([]);
});

it('every fault is listed at once', () => {
  const history = createHistory([
    createScript('1', 1),
    createScript('2', 2),
    createScript('3', 3, 'old'),
    createScript('5', 5),
  ]);
  const scripts = [createScript('1', 7), createScript('3', 3, 'new'), createScript('4', 4), createScript('5', 5)];
  expect(planMigration(scripts, history).errors).toEqual([
    'V1__x.sql was changed after it was applied (checksum 7, applied 1): restore it and write a new script.',
    'V2__x.sql is applied, but the folder has no version 2: restore the script.',
    'V3__new.sql was renamed after it was applied as V3__old.sql: restore that name.',
    'V4__x.sql comes too late: version 5 is applied. Give it a higher version.',
  ]);
});

it('a run that failed outside a transaction blocks, and the fault says how to repair', () => {
  const [fault] = planMigration(
    [createScript('1', 1)],
    createHistory([createScript('1', 1)], { success: false }),
  ).errors;
  expect(fault).toContain('V1__x.sql failed');
  expect(fault).toContain('delete from flyway_schema_history where installed_rank = 1');
});

it('a row that only Flyway itself understands is a fault', () => {
  const { errors } = planMigration([createScript('1', 1)], createHistory([createScript('1', 1)], { type: 'BASELINE' }));
  expect(errors.join()).toContain('BASELINE');
});
