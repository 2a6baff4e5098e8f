import { canRecover, evaluateState } from './evaluate-state.ts';
import { createModel } from './model.ts';
import type { Rules } from './rules.ts';
import { search } from './search.ts';
import type { Scenario } from './state.ts';

/** What was found in all worlds of a scenario. */
export interface ModelCheckResult {
  readonly states: number;
  readonly quiescentStates: number;
  /** Of those that are quiescent: in which reads are answered, in which wrongly, and in which not even one more resync would help. */
  readonly servedStates: number;
  readonly wrongStates: number;
  readonly stuckStates: number;
  /** In which an answer is wrong and nobody has anything left to tell, quiescent or not. */
  readonly abandonedStates: number;
  /** A shortest way to one that ought not to be. */
  readonly counterexample: readonly string[];
  readonly seconds: number;
}

interface ModelCheckOptions {
  /** Whether the first world that ought not to be is enough. @default false */
  readonly untilFirst?: boolean;
  readonly progress?: (states: number, seconds: number) => void;
}

/** Looks at every world that these rules can lead to in this scenario. */
export function checkModel(
  rules: Rules,
  scenario: Scenario,
  { untilFirst, progress }: ModelCheckOptions = {},
): ModelCheckResult {
  const model = createModel(rules, scenario);
  const startedAt = performance.now();
  const counts = { quiescentStates: 0, servedStates: 0, wrongStates: 0, stuckStates: 0, abandonedStates: 0 };
  let counterexampleNumber: number | undefined;
  const { count, shortestPathTo: stepsTo } = search(model, {
    progress,
    visit(state, number) {
      const evaluation = evaluateState(model.machine, scenario, state);
      const isStuck = evaluation.quiescent && !canRecover(model.machine, state);
      if (evaluation.abandoned) counts.abandonedStates += 1;
      if (evaluation.quiescent) counts.quiescentStates += 1;
      if (evaluation.quiescent && evaluation.served) counts.servedStates += 1;
      if (evaluation.quiescent && evaluation.wrong) counts.wrongStates += 1;
      if (isStuck) counts.stuckStates += 1;
      if (!evaluation.abandoned && !isStuck) return false;
      counterexampleNumber ??= number;
      return untilFirst === true;
    },
  });
  const example = counterexampleNumber === undefined ? [] : stepsTo(counterexampleNumber);
  return { states: count, ...counts, counterexample: example, seconds: (performance.now() - startedAt) / 1000 };
}
