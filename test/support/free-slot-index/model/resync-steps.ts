import type { Machine } from './machine.ts';
import { decodeVersions, type Emit, replaceAt, type State } from './state.ts';

/** Each resync acquires its lease, reads the slots from the database, then merges them in one or two calls. */
export function emitResyncSteps(machine: Machine, state: State, emit: Emit): void {
  const { rules, chunks, resyncs } = machine;
  const leasesAfterSnapshot = rules.lease === 'after the snapshot';
  for (const i of [0, 1] as const) {
    const number = state.resyncs[i];
    const { phase } = resyncs.at(number);
    const emitStep = (step: string, next: number, day = state.day) =>
      emit(`resync ${i} ${step}`, { ...state, day, resyncs: replaceAt(state.resyncs, i, next) });
    if (phase === 'finished') continue;
    if (phase === (leasesAfterSnapshot ? 'has snapshot' : 'not started')) {
      const day = machine.begin(state);
      emitStep(`acquires the lease on server ${state.server}`, machine.withLease(number, state, day), day);
    } else if (phase === 'not started' || phase === 'has lease') {
      const snapshot = state.reader || state.db;
      const next = machine.withSnapshot(number, snapshot);
      emitStep(`reads the slots, with versions ${decodeVersions(snapshot).join(' and ')}`, next);
    } else {
      const day = machine.merge(state, number);
      if (day === undefined) emitStep('ends because its lease is lost', machine.finishedResync);
      else if (chunks === 2 && phase === 'has both') emitStep('merges slot 0', machine.afterFirstMerge(number), day);
      else emitStep('merges and marks the day as complete', machine.finishedResync, day);
    }
  }
}
