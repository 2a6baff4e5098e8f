import type { Machine } from './machine.ts';
import type { Emit, Scenario, State } from './state.ts';
import { CHANGE_NAMES, CHANGES } from './writer-steps.ts';

/** The relay tells of any change in the outbox, and notes that it did, or dies before that and tells again. */
export function emitRelaySteps(machine: Machine, { lostChanges: forgotten }: Scenario, state: State, emit: Emit): void {
  for (let change = 1; change < CHANGES.length; change++) {
    const bit = 1 << change;
    if ((state.outbox & bit) === 0) continue;
    const outbox = state.outbox & ~bit;
    const day = machine.apply(state, change);
    emit(`the relay tells: ${CHANGE_NAMES[change]}`, { ...state, day, outbox });
    if (day !== state.day) emit(`the relay tells and dies: ${CHANGE_NAMES[change]}`, { ...state, day });
    if (forgotten > 0 && state.now === 0 && state.lostChanges === 0) {
      emit(`nobody will tell: ${CHANGE_NAMES[change]}`, { ...state, outbox, lostChanges: bit });
    }
  }
}
