import { judge, recovers } from './judge.ts';
import { modelOf } from './model.ts';
import type { Rules } from './rules.ts';
import { search } from './search.ts';
import type { Scenario } from './world.ts';

/** What was found in all worlds of a scenario. */
export interface Findings {
  readonly states: number;
  readonly quiescent: number;
  /** Of those that are quiescent: in which reads are answered, in which wrongly, and in which not even one more resync would help. */
  readonly served: number;
  readonly wrong: number;
  readonly stuck: number;
  /** In which an answer is wrong and nobody has anything left to tell, quiescent or not. */
  readonly abandoned: number;
  /** A shortest way to one that ought not to be. */
  readonly counterexample: readonly string[];
  readonly seconds: number;
}

interface ExamineOptions {
  /** Whether the first world that ought not to be is enough. @default false */
  readonly untilFirst?: boolean;
  readonly progress?: (states: number, seconds: number) => void;
}

/** Looks at every world that these rules can lead to in this scenario. */
export function examine(rules: Rules, scenario: Scenario, { untilFirst, progress }: ExamineOptions = {}): Findings {
  const model = modelOf(rules, scenario);
  const begun = performance.now();
  const found = { quiescent: 0, served: 0, wrong: 0, stuck: 0, abandoned: 0 };
  let bad: number | undefined;
  const { count, stepsTo } = search(model, {
    progress,
    visit(world, number) {
      const verdict = judge(model.machine, scenario, world);
      const isStuck = verdict.quiescent && !recovers(model.machine, world);
      if (verdict.abandoned) found.abandoned += 1;
      if (verdict.quiescent) found.quiescent += 1;
      if (verdict.quiescent && verdict.served) found.served += 1;
      if (verdict.quiescent && verdict.wrong) found.wrong += 1;
      if (isStuck) found.stuck += 1;
      if (!verdict.abandoned && !isStuck) return false;
      bad ??= number;
      return untilFirst === true;
    },
  });
  const example = bad === undefined ? [] : stepsTo(bad);
  return { states: count, ...found, counterexample: example, seconds: (performance.now() - begun) / 1000 };
}
