import type { Machine } from './machine.ts';
import { toFreeSlots } from './rules.ts';
import { type Scenario, type State, versionsOf } from './state.ts';
import { changesOfSlot, isDone, unpublishedBy } from './writer-steps.ts';

/** What is to be said of a world. */
export interface StateEvaluation {
  /** Nobody has anything left to do: writers, relay and resyncs are done, the time has passed, a replica has caught up. */
  readonly quiescent: boolean;
  /** Somebody who reads is answered from the index. */
  readonly served: boolean;
  /** An answer is not what the database has. */
  readonly wrong: boolean;
  /** It is wrong about a slot of which nobody has anything left to tell, so nothing but a later resync would put it right. */
  readonly abandoned: boolean;
}

const SLOTS = [changesOfSlot(0), changesOfSlot(1)] as const;

/** Compares what is answered in this world with its database. */
export function evaluateState(machine: Machine, scenario: Scenario, state: State): StateEvaluation {
  const freeInDatabase = toFreeSlots(versionsOf(state.db));
  const unpublished =
    state.outbox | state.lostChanges | unpublishedBy(state.writers[0]) | unpublishedBy(state.writers[1]);
  const pendingSlots = (unpublished & SLOTS[0] ? 1 : 0) | (unpublished & SLOTS[1] ? 2 : 0);
  let [served, wrong, abandoned] = [false, false, false];
  for (const view of listViews(machine, state)) {
    served = true;
    wrong ||= view !== freeInDatabase;
    abandoned ||= ((view ^ freeInDatabase) & ~pendingSlots) !== 0;
  }
  const quiescent =
    unpublished === 0 &&
    state.now === scenario.ticks &&
    state.writers.every(isDone) &&
    state.resyncs.every((resync) => resync === machine.finishedResync) &&
    (state.openConnectionServer === 0 || state.copy === state.day);
  return { quiescent, served, wrong, abandoned };
}

/** The answers to those who read now. That a replica catches up is under way: one that is behind is not judged. */
function listViews(
  { read }: Machine,
  { day, copy, server, openConnectionServer: survivor, isOpenConnectionPrimary: survivorOnPrimary, now }: State,
): number[] {
  const views = [read(day, server, now)];
  if (survivor > 0 && (survivorOnPrimary || copy === day)) views.push(read(day, survivor, now));
  return views.filter((view) => view !== undefined);
}

/** Whether one more resync, which nothing disturbs, makes reads be answered, and rightly. */
export function canRecover(machine: Machine, state: State): boolean {
  let day = machine.begin(state);
  let resync = machine.seen(machine.leased(machine.idleResync, state, day), state.db);
  if (machine.rules.lease === 'after the snapshot') {
    resync = machine.leased(machine.seen(machine.idleResync, state.db), state, day);
  }
  for (let call = 0; call < machine.chunks; call++) {
    const next = machine.merge({ ...state, day }, resync);
    if (next === undefined) return false;
    day = next;
    resync = machine.merging(resync);
  }
  return machine.read(day, state.server, state.now) === toFreeSlots(versionsOf(state.db));
}
