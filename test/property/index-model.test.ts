import { expect, it } from 'vitest';
import { MUTANTS, REAL_RULES, SOME_SCENARIOS } from '../proof/index-model/designs.ts';
import { examine } from '../proof/index-model/examine.ts';

it.each(Object.entries(SOME_SCENARIOS))('the index is never wrong for good: %s', (_, scenario) => {
  const { served, ...found } = examine(REAL_RULES, scenario);
  expect(found).toMatchObject({ wrong: 0, abandoned: 0, stuck: 0, counterexample: [] });
  expect(served).toBeGreaterThan(0);
});

it.each(Object.entries(MUTANTS))('the index needs its rules: %s', (_, { rules, scenario }) => {
  const { counterexample } = examine({ ...REAL_RULES, ...rules }, scenario, { untilFirst: true });
  expect(counterexample).not.toEqual([]);
});
