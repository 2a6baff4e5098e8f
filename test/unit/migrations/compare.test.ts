import { expect, it } from 'vitest';
import { compare } from '../../../lambdas/migrations/compare.ts';
import type { HistoryRow } from '../../../lambdas/migrations/history.sql.ts';
import type { Script } from '../../../lambdas/migrations/scripts.ts';

const script = (version: string | null, checksum: number, description = 'x'): Script => ({
  file: version === null ? `R__${description}.sql` : `V${version}__${description}.sql`,
  version,
  description,
  checksum,
  sql: '',
  transactional: true,
});

const past = (scripts: readonly Script[], change: Partial<HistoryRow> = {}): HistoryRow[] =>
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

const files = (scripts: readonly Script[]) => scripts.map(({ file }) => file);

it('a database that knows nothing gets everything', () => {
  const scripts = [script('1', 1), script('2', 2), script(null, 3)];
  expect(compare(scripts, [])).toEqual({ pending: scripts, newer: [], faults: [] });
});

it('a database that knows everything gets nothing', () => {
  const scripts = [script('1', 1), script('2', 2), script(null, 3)];
  expect(compare(scripts, past(scripts))).toEqual({ pending: [], newer: [], faults: [] });
});

it('a repeatable script runs again when it differs from its last run, also if that makes it what it was before', () => {
  const history = past([script(null, 1), script(null, 2)]);
  expect(files(compare([script(null, 1)], history).pending)).toEqual(['R__x.sql']);
  expect(files(compare([script(null, 2)], history).pending)).toEqual([]);
});

it('a repeatable script that is gone is no fault', () => {
  expect(compare([script('1', 1)], past([script('1', 1), script(null, 2)])).faults).toEqual([]);
});

it('a version is the same however it is written', () => {
  expect(compare([script('1.0', 1)], past([script('1', 1)]))).toEqual({ pending: [], newer: [], faults: [] });
});

it('a rolled-back release meets newer versions without a fault', () => {
  const history = past([script('1', 1), script('2', 2)]);
  const { newer, faults, pending } = compare([script('1', 1)], history);
  expect(newer).toEqual(history.slice(1));
  expect([...faults, ...pending]).toEqual([]);
});

it('every fault is listed at once', () => {
  const history = past([script('1', 1), script('2', 2), script('3', 3, 'old'), script('5', 5)]);
  const scripts = [script('1', 7), script('3', 3, 'new'), script('4', 4), script('5', 5)];
  expect(compare(scripts, history).faults).toEqual([
    'V1__x.sql was changed after it was applied (checksum 7, applied 1): put it back, write a new script.',
    'V2__x.sql is applied, but the folder has no version 2: put it back.',
    'V3__new.sql was renamed after it was applied as V3__old.sql: give it that name again.',
    'V4__x.sql comes too late: version 5 is applied. Give it a version above that.',
  ]);
});

it('a run that failed outside a transaction blocks, and the fault says how to repair', () => {
  const [fault] = compare([script('1', 1)], past([script('1', 1)], { success: false })).faults;
  expect(fault).toContain('V1__x.sql failed');
  expect(fault).toContain('delete from flyway_schema_history where installed_rank = 1');
});

it('a row that only Flyway itself understands is a fault', () => {
  const { faults } = compare([script('1', 1)], past([script('1', 1)], { type: 'BASELINE' }));
  expect(faults.join()).toContain('BASELINE');
});
