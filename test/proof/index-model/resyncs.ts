import type { Machine } from './machine.ts';
import { type Emit, versionsOf, type World, withAt } from './world.ts';

/** Each resync takes its lease, reads the slots from the database, then merges them in one or two calls. */
export function resyncsGoOn(machine: Machine, world: World, emit: Emit): void {
  const { rules, chunks, resyncs } = machine;
  const late = rules.lease === 'after the snapshot';
  for (const i of [0, 1] as const) {
    const number = world.resyncs[i];
    const { phase } = resyncs.at(number);
    const go = (step: string, next: number, day = world.day) =>
      emit(`resync ${i} ${step}`, { ...world, day, resyncs: withAt(world.resyncs, i, next) });
    if (phase === 'over') continue;
    if (phase === (late ? 'seen' : 'to begin')) {
      const day = machine.begin(world);
      go(`takes the lease on server ${world.server}`, machine.leased(number, world, day), day);
    } else if (phase === 'to begin' || phase === 'leased') {
      const snapshot = world.reader || world.db;
      go(`reads the slots, of versions ${versionsOf(snapshot).join(' and ')}`, machine.seen(number, snapshot));
    } else {
      const day = machine.merge(world, number);
      if (day === undefined) go('finds its lease lost', machine.over);
      else if (chunks === 2 && phase === 'holding') go('merges slot 0', machine.merging(number), day);
      else go('merges and declares the day complete', machine.over, day);
    }
  }
}
