import { expect, it } from 'vitest';
import { ALL_SCENARIOS, HARMLESS, MUTANTS, REAL_RULES } from './designs.ts';
import { examine, type Findings } from './examine.ts';

const LEAST_STATES = 700_000;

it('the index is never wrong for good, in any order of all that can happen', () => {
  const findings = Object.entries(ALL_SCENARIOS).map(([name, scenario]) => ({
    name,
    ...examine(REAL_RULES, scenario, { progress: (states, seconds) => console.log(line(name, states, seconds)) }),
  }));
  print(findings);
  for (const { name, counterexample, ...found } of findings) {
    expect({ name, counterexample }).toEqual({ name, counterexample: [] });
    expect({ name, ...found }).toMatchObject({ name, wrong: 0, abandoned: 0, stuck: 0 });
    expect(found.served).toBeGreaterThan(0);
  }
  expect(findings.reduce((sum, { states }) => sum + states, 0)).toBeGreaterThan(LEAST_STATES);
});

it('no rule of the index can be left out', () => {
  const findings = Object.entries(MUTANTS).map(([name, { rules, scenario }]) => ({
    name,
    ...examine({ ...REAL_RULES, ...rules }, scenario),
  }));
  print(findings);
  for (const { name, counterexample } of findings) console.log([name, ...counterexample].join('\n  '));
  const survivors = findings.filter(({ wrong, stuck }) => wrong + stuck === 0);
  expect(survivors.map(({ name }) => name)).toEqual([]);
});

it.each(Object.entries(HARMLESS))('does no harm: %s', (_, { rules, scenario }) => {
  expect(examine({ ...REAL_RULES, ...rules }, scenario)).toMatchObject({ wrong: 0, abandoned: 0, stuck: 0 });
});

const line = (name: string, states: number, seconds: number) =>
  `${name}: ${states} states so far, ${Math.round(states / seconds)} a second`;

function print(findings: readonly (Findings & { name: string })[]): void {
  const columns = findings.map(({ name, states, quiescent, served, wrong, stuck, abandoned, seconds }) => {
    return [name, { states, quiescent, served, wrong, stuck, abandoned, 'states/s': Math.round(states / seconds) }];
  });
  console.table(Object.fromEntries(columns));
}
