import { canRecover, evaluateState } from './evaluate-state.ts';
import { createModel } from './model.ts';
import type { Rules } from './rules.ts';
import { search } from './search.ts';
import type { Scenario } from './state.ts';

/** The numbers of states that the search found in a scenario. */
export interface ModelCheckResult {
  readonly states: number;
  readonly quiescentStates: number;
  /** Quiescent states in which the index serves reads. */
  readonly servedStates: number;
  /** Quiescent states in which the index serves a wrong result. */
  readonly wrongStates: number;
  /** Quiescent states from which one more resync does not make the index correct. */
  readonly stuckStates: number;
  /** States, quiescent or not, in which a result is wrong about a slot that has no unpublished change. */
  readonly abandonedStates: number;
  /** The steps of a shortest path to a state that violates the design. Empty: there is no such state. */
  readonly counterexample: readonly string[];
  readonly seconds: number;
}

interface ModelCheckOptions {
  /** Stops at the first counterexample. @default false */
  readonly untilFirst?: boolean;
  readonly progress?: (states: number, seconds: number) => void;
}

/** Evaluates every state that is reachable under these rules in this scenario. */
export function checkModel(
  rules: Rules,
  scenario: Scenario,
  { untilFirst, progress }: ModelCheckOptions = {},
): ModelCheckResult {
  const model = createModel(rules, scenario);
  const startedAt = performance.now();
  const counts = { quiescentStates: 0, servedStates: 0, wrongStates: 0, stuckStates: 0, abandonedStates: 0 };
  let counterexampleNumber: number | undefined;
  const { count, shortestPathTo } = search(model, {
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
  const counterexample = counterexampleNumber === undefined ? [] : shortestPathTo(counterexampleNumber);
  return { states: count, ...counts, counterexample, seconds: (performance.now() - startedAt) / 1000 };
}
