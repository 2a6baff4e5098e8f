import type { Machine } from './machine.ts';
import { toFreeSlots } from './rules.ts';
import { decodeVersions, type Scenario, type State } from './state.ts';
import { changesOfSlot, isDone, unpublishedBy } from './writer-steps.ts';

/** Which of the checked properties a state has. */
export interface StateEvaluation {
  /** No work is left: writers, relay and resyncs are done, all time has passed, and an open connection's replica is up to date. */
  readonly quiescent: boolean;
  /** The index serves at least one read. */
  readonly served: boolean;
  /** A read from the index differs from the database. */
  readonly wrong: boolean;
  /** A read is wrong about a slot that has no unpublished change. Only a later resync would correct it. */
  readonly abandoned: boolean;
}

const CHANGES_OF_SLOTS = [changesOfSlot(0), changesOfSlot(1)] as const;

/** Compares the results of reads in this state with its database. */
export function evaluateState(machine: Machine, scenario: Scenario, state: State): StateEvaluation {
  const freeInDatabase = toFreeSlots(decodeVersions(state.db));
  const unpublished =
    state.outbox | state.lostChanges | unpublishedBy(state.writers[0]) | unpublishedBy(state.writers[1]);
  const pendingSlots = (unpublished & CHANGES_OF_SLOTS[0] ? 1 : 0) | (unpublished & CHANGES_OF_SLOTS[1] ? 2 : 0);
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

/** Returns what reads get now, over new and open connections. Leaves out a replica that is behind, because it will catch up. */
function listViews(
  { read }: Machine,
  { day, copy, server, openConnectionServer, isOpenConnectionPrimary, now }: State,
): number[] {
  const views = [read(day, server, now)];
  if (openConnectionServer > 0 && (isOpenConnectionPrimary || copy === day)) {
    views.push(read(day, openConnectionServer, now));
  }
  return views.filter((view) => view !== undefined);
}

/** Returns whether the index serves the correct slots after one more, undisturbed resync. */
export function canRecover(machine: Machine, state: State): boolean {
  let day = machine.begin(state);
  let resync = machine.withSnapshot(machine.withLease(machine.idleResync, state, day), state.db);
  if (machine.rules.lease === 'after the snapshot') {
    resync = machine.withLease(machine.withSnapshot(machine.idleResync, state.db), state, day);
  }
  for (let call = 0; call < machine.chunks; call++) {
    const next = machine.merge({ ...state, day }, resync);
    if (next === undefined) return false;
    day = next;
    resync = machine.afterFirstMerge(resync);
  }
  return machine.read(day, state.server, state.now) === toFreeSlots(decodeVersions(state.db));
}
