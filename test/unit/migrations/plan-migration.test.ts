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

it('an empty database gets every script', () => {
  const scripts = [createScript('1', 1), createScript('2', 2), createScript(null, 3)];
  expect(planMigration(scripts, [])).toEqual({ pending: scripts, newer: [], errors: [] });
});

it('an up-to-date database gets no script', () => {
  const scripts = [createScript('1', 1), createScript('2', 2), createScript(null, 3)];
  expect(planMigration(scripts, createHistory(scripts))).toEqual({ pending: [], newer: [], errors: [] });
});

it('a repeatable script runs again if it differs from its last run, even if it equals an earlier run', () => {
  const history = createHistory([createScript(null, 1), createScript(null, 2)]);
  expect(listFiles(planMigration([createScript(null, 1)], history).pending)).toEqual(['R__x.sql']);
  expect(listFiles(planMigration([createScript(null, 2)], history).pending)).toEqual([]);
});

it('a deleted repeatable script is not an error', () => {
  expect(
    planMigration([createScript('1', 1)], createHistory([createScript('1', 1), createScript(null, 2)])).errors,
  ).toEqual([]);
});

it('version 1.0 equals version 1', () => {
  expect(planMigration([createScript('1.0', 1)], createHistory([createScript('1', 1)]))).toEqual({
    pending: [],
    newer: [],
    errors: [],
  });
});

it('newer versions are not an error for a rolled-back release', () => {
  const history = createHistory([createScript('1', 1), createScript('2', 2)]);
  const { newer, errors, pending } = planMigration([createScript('1', 1)], history);
  expect(newer).toEqual(history.slice(1));
  expect([...errors, ...pending]).toEqual([]);
});

it('a newer run that failed outside a transaction is not an error for a rolled-back release, only for its own', () => {
  const scripts = [createScript('1', 1), createScript('2', 2)];
  const history = scripts.flatMap((script, i) => createHistory([script], { installed_rank: i + 1, success: i === 0 }));
  expect(planMigration(scripts.slice(0, 1), history)).toEqual({ pending: [], newer: history.slice(1), errors: [] });
  expect(planMigration(scripts, history).errors).toEqual([expect.stringContaining('V2__x.sql failed')]);
});

it('all errors are listed at once', () => {
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

it('a run that failed outside a transaction is an error with repair instructions', () => {
  const [error] = planMigration(
    [createScript('1', 1)],
    createHistory([createScript('1', 1)], { success: false }),
  ).errors;
  expect(error).toContain('V1__x.sql failed');
  expect(error).toContain('delete from flyway_schema_history where installed_rank = 1');
});

it('a history row of an unsupported type is an error', () => {
  const { errors } = planMigration([createScript('1', 1)], createHistory([createScript('1', 1)], { type: 'BASELINE' }));
  expect(errors.join()).toContain('BASELINE');
});
