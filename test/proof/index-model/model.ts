import { redisFails } from './failures.ts';
import { type Machine, machineOf } from './machine.ts';
import { relayGoesOn } from './relay.ts';
import { resyncsGoOn } from './resyncs.ts';
import { type Day, freeOf, type Rules } from './rules.ts';
import { dbOf, type Emit, type Scenario, type World } from './world.ts';
import { writer, writersGoOn } from './writers.ts';

/** The index at work: where it begins, and what can happen next in a world. */
export interface Model {
  readonly machine: Machine;
  readonly first: World;
  successors(world: World, emit: Emit): void;
}

/** The index under these rules, in this scenario. It begins with both slots free, and the day complete. */
export function modelOf(rules: Rules, scenario: Scenario): Model {
  // Rebuilding takes several calls, renaming one: that is what they are.
  const chunks = rules.resync === 'delete and rebuild' ? 2 : rules.resync === 'rename' ? 1 : scenario.chunks;
  const machine = machineOf(rules, chunks);
  const { days, lost, idle, over } = machine;
  const db = dbOf([1, 1]);
  const whole: Day = {
    set: freeOf([1, 1]),
    hash: { versions: [1, 1], lease: 1, complete: true, server: 1, synced: 0, view: -1 },
    counter: rules.lease === 'counter' ? 1 : 0,
  };
  const first: World = {
    db,
    reader: rules.snapshotOf === 'lagging reader' ? db : 0,
    writers: [writer(0, 0), writer(0, 0)],
    outbox: 0,
    forgotten: 0,
    day: days.numberOf(whole),
    server: 1,
    copy: scenario.returns > 0 ? days.numberOf(whole) : lost,
    survivor: 0,
    survivorOnPrimary: false,
    resyncs: [idle, scenario.resyncs === 2 ? idle : over],
    losses: scenario.losses,
    returns: scenario.returns,
    now: 0,
  };
  return { machine, first, successors };

  function successors(world: World, emit: Emit): void {
    writersGoOn(machine, world, emit);
    relayGoesOn(machine, scenario, world, emit);
    resyncsGoOn(machine, world, emit);
    redisFails(machine, scenario, world, emit);
    readsAndTime(world, emit);
  }

  function readsAndTime(world: World, emit: Emit): void {
    const day = machine.afterRead(world.day);
    if (day !== world.day && machine.read(world.day, world.server, world.now) !== undefined) {
      emit('a read makes the view', { ...world, day });
    }
    if (world.reader !== 0 && world.reader !== world.db) emit('the reader catches up', { ...world, reader: world.db });
    if (world.now < scenario.ticks) emit('time passes', { ...world, now: world.now + 1, forgotten: 0 });
  }
}
