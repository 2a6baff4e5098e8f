import { expect, it } from 'vitest';
import { checkModel } from '../support/free-slot-index/model/check-model.ts';
import { DESIGN_RULES, MUTANTS, SOME_SCENARIOS } from '../support/free-slot-index/model/scenarios.ts';

it.each(Object.entries(SOME_SCENARIOS))('the index always becomes correct again: %s', (_, scenario) => {
  const { servedStates: served, ...found } = checkModel(DESIGN_RULES, scenario);
  expect(found).toMatchObject({ wrongStates: 0, abandonedStates: 0, stuckStates: 0, counterexample: [] });
  expect(served).toBeGreaterThan(0);
});

it.each(Object.entries(MUTANTS))(
  'the model has a counterexample if a rule is changed: %s',
  (_, { rules, scenario }) => {
    const { counterexample } = checkModel({ ...DESIGN_RULES, ...rules }, scenario, { untilFirst: true });
    expect(counterexample).not.toEqual([]);
  },
);
