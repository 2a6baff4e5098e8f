import { globSync, readFileSync } from 'node:fs';
import { REFUSALS } from '@medbook/contract/refusals';
import { expect, it } from 'vitest';

/** The scripts of the SQL functions that HTTP requests call. */
const scripts = globSync('migrations/{accounts,appointments,clinics,doctors,schedules,shared}/R__*.sql').map((file) =>
  readFileSync(file, 'utf8'),
);
const codes = Object.keys(REFUSALS);

/** The outcomes that the functions name: `json_build_object('outcome', '…')`. */
const outcomes = scripts.flatMap((sql) =>
  [...sql.matchAll(/'outcome',\s*'(\w+)'/g)].map(([, outcome = '']) => outcome),
);

it('every outcome of a command is done, invalid or a refusal of the catalogue', () => {
  expect(outcomes.length).toBeGreaterThan(20);
  expect(outcomes.filter((outcome) => !['done', 'invalid', ...codes].includes(outcome))).toEqual([]);
});

it('every stored refusal of the catalogue is an outcome of an SQL function', () => {
  const stored = codes.filter((code) => REFUSALS[code as keyof typeof REFUSALS].stored);
  expect(stored.filter((code) => !scripts.some((sql) => sql.includes(`'${code}'`)))).toEqual([]);
});

it('end_command() stores done and exactly the refusals that the catalogue marks as stored', () => {
  const end = scripts.find((sql) => sql.includes('function end_command(')) ?? '';
  const list = /->> 'outcome' in \(([^)]*)\)/.exec(end)?.[1] ?? '';
  const stored = [...list.matchAll(/'(\w+)'/g)].map(([, outcome = '']) => outcome);
  const expected = Object.entries(REFUSALS).flatMap(([code, refusal]) => (refusal.stored ? [code] : []));
  expect(stored.toSorted()).toEqual(['done', ...expected].sort());
});
