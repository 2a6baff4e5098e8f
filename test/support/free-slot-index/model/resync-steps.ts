import type { Machine } from './machine.ts';
import { type Emit, replaceAt, type State, versionsOf } from './state.ts';

/** Each resync takes its lease, reads the slots from the database, then merges them in one or two calls. */
export function emitResyncSteps(machine: Machine, state: State, emit: Emit): void {
  const { rules, chunks, resyncs } = machine;
  const leasesAfterSnapshot = rules.lease === 'after the snapshot';
  for (const i of [0, 1] as const) {
    const number = state.resyncs[i];
    const { phase } = resyncs.at(number);
    const emitStep = (step: string, next: number, day = state.day) =>
      emit(`resync ${i} ${step}`, { ...state, day, resyncs: replaceAt(state.resyncs, i, next) });
    if (phase === 'over') continue;
    if (phase === (leasesAfterSnapshot ? 'seen' : 'to begin')) {
      const day = machine.begin(state);
      emitStep(`takes the lease on server ${state.server}`, machine.leased(number, state, day), day);
    } else if (phase === 'to begin' || phase === 'leased') {
      const snapshot = state.reader || state.db;
      emitStep(`reads the slots, of versions ${versionsOf(snapshot).join(' and ')}`, machine.seen(number, snapshot));
    } else {
      const day = machine.merge(state, number);
      if (day === undefined) emitStep('finds its lease lost', machine.finishedResync);
      else if (chunks === 2 && phase === 'holding') emitStep('merges slot 0', machine.merging(number), day);
      else emitStep('merges and declares the day complete', machine.finishedResync, day);
    }
  }
}
