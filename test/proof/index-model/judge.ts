import type { Machine } from './machine.ts';
import { freeOf } from './rules.ts';
import { type Scenario, versionsOf, type World } from './world.ts';
import { changesOf, isDone, untoldBy } from './writers.ts';

/** What is to be said of a world. */
export interface Verdict {
  /** Nobody has anything left to do: writers, relay and resyncs are done, the time has passed, a replica has caught up. */
  readonly quiescent: boolean;
  /** Somebody who reads is answered from the index. */
  readonly served: boolean;
  /** An answer is not what the database has. */
  readonly wrong: boolean;
  /** It is wrong about a slot of which nobody has anything left to tell, so nothing but a later resync would put it right. */
  readonly abandoned: boolean;
}

const SLOTS = [changesOf(0), changesOf(1)] as const;

/** Compares what is answered in this world with its database. */
export function judge(machine: Machine, scenario: Scenario, world: World): Verdict {
  const truth = freeOf(versionsOf(world.db));
  const untold = world.outbox | world.forgotten | untoldBy(world.writers[0]) | untoldBy(world.writers[1]);
  const underWay = (untold & SLOTS[0] ? 1 : 0) | (untold & SLOTS[1] ? 2 : 0);
  let [served, wrong, abandoned] = [false, false, false];
  for (const view of viewsOf(machine, world)) {
    served = true;
    wrong ||= view !== truth;
    abandoned ||= ((view ^ truth) & ~underWay) !== 0;
  }
  const quiescent =
    untold === 0 &&
    world.now === scenario.ticks &&
    world.writers.every(isDone) &&
    world.resyncs.every((resync) => resync === machine.over) &&
    (world.survivor === 0 || world.copy === world.day);
  return { quiescent, served, wrong, abandoned };
}

/** The answers to those who read now. That a replica catches up is under way: one that is behind is not judged. */
function viewsOf({ read }: Machine, { day, copy, server, survivor, survivorOnPrimary, now }: World): number[] {
  const views = [read(day, server, now)];
  if (survivor > 0 && (survivorOnPrimary || copy === day)) views.push(read(day, survivor, now));
  return views.filter((view) => view !== undefined);
}

/** Whether one more resync, which nothing disturbs, makes reads be answered, and rightly. */
export function recovers(machine: Machine, world: World): boolean {
  let day = machine.begin(world);
  let resync = machine.seen(machine.leased(machine.idle, world, day), world.db);
  if (machine.rules.lease === 'after the snapshot') {
    resync = machine.leased(machine.seen(machine.idle, world.db), world, day);
  }
  for (let call = 0; call < machine.chunks; call++) {
    const next = machine.merge({ ...world, day }, resync);
    if (next === undefined) return false;
    day = next;
    resync = machine.merging(resync);
  }
  return machine.read(day, world.server, world.now) === freeOf(versionsOf(world.db));
}
