import { expect, it } from 'vitest';
import { checkModel, type ModelCheckResult } from '../support/free-slot-index/model/check-model.ts';
import { ALL_SCENARIOS, DESIGN_RULES, HARMLESS_MUTANTS, MUTANTS } from '../support/free-slot-index/model/scenarios.ts';

const MIN_STATES = 700_000;

it('the index always becomes correct again, in every order of the possible events', () => {
  const findings = Object.entries(ALL_SCENARIOS).map(([name, scenario]) => ({
    name,
    ...checkModel(DESIGN_RULES, scenario, {
      progress: (states, seconds) => console.log(formatProgress(name, states, seconds)),
    }),
  }));
  printResults(findings);
  for (const { name, counterexample, ...found } of findings) {
    expect({ name, counterexample }).toEqual({ name, counterexample: [] });
    expect({ name, ...found }).toMatchObject({ name, wrongStates: 0, abandonedStates: 0, stuckStates: 0 });
    expect(found.servedStates).toBeGreaterThan(0);
  }
  expect(findings.reduce((sum, { states }) => sum + states, 0)).toBeGreaterThan(MIN_STATES);
});

it('each changed rule makes the index wrong or stuck in its scenario', () => {
  const findings = Object.entries(MUTANTS).map(([name, { rules, scenario }]) => ({
    name,
    ...checkModel({ ...DESIGN_RULES, ...rules }, scenario),
  }));
  printResults(findings);
  for (const { name, counterexample } of findings) console.log([name, ...counterexample].join('\n  '));
  const survivors = findings.filter(({ wrongStates: wrong, stuckStates: stuck }) => wrong + stuck === 0);
  expect(survivors.map(({ name }) => name)).toEqual([]);
});

it.each(Object.entries(HARMLESS_MUTANTS))(
  'the index stays correct although a rule is changed: %s',
  (_, { rules, scenario }) => {
    expect(checkModel({ ...DESIGN_RULES, ...rules }, scenario)).toMatchObject({
      wrongStates: 0,
      abandonedStates: 0,
      stuckStates: 0,
    });
  },
);

const formatProgress = (name: string, states: number, seconds: number) =>
  `${name}: ${states} states so far, ${Math.round(states / seconds)} a second`;

function printResults(findings: readonly (ModelCheckResult & { name: string })[]): void {
  const columns = findings.map(
    ({
      name,
      states,
      quiescentStates: quiescent,
      servedStates: served,
      wrongStates: wrong,
      stuckStates: stuck,
      abandonedStates: abandoned,
      seconds,
    }) => {
      return [name, { states, quiescent, served, wrong, stuck, abandoned, 'states/s': Math.round(states / seconds) }];
    },
  );
  console.table(Object.fromEntries(columns));
}
