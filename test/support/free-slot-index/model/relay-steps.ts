import type { Machine } from './machine.ts';
import type { Emit, Scenario, State } from './state.ts';
import { CHANGE_NAMES, CHANGES } from './writer-steps.ts';

/** The relay publishes any change in the outbox and marks it as published, or dies in between and publishes it again later. */
export function emitRelaySteps(machine: Machine, { lostChanges }: Scenario, state: State, emit: Emit): void {
  for (let change = 1; change < CHANGES.length; change++) {
    const bit = 1 << change;
    if ((state.outbox & bit) === 0) continue;
    const outbox = state.outbox & ~bit;
    const day = machine.apply(state, change);
    emit(`the relay publishes: ${CHANGE_NAMES[change]}`, { ...state, day, outbox });
    if (day !== state.day) emit(`the relay publishes and dies: ${CHANGE_NAMES[change]}`, { ...state, day });
    if (lostChanges > 0 && state.now === 0 && state.lostChanges === 0) {
      emit(`the outbox loses: ${CHANGE_NAMES[change]}`, { ...state, outbox, lostChanges: bit });
    }
  }
}
