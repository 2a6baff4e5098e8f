import { createMachine, type Machine } from './machine.ts';
import { emitRedisFailures } from './redis-failures.ts';
import { emitRelaySteps } from './relay-steps.ts';
import { emitResyncSteps } from './resync-steps.ts';
import { type Day, type Rules, toFreeSlots } from './rules.ts';
import { type Emit, encodeVersions, type Scenario, type State } from './state.ts';
import { emitWriterSteps, encodeWriter } from './writer-steps.ts';

/** The index as a state machine. */
export interface Model {
  readonly machine: Machine;
  readonly initialState: State;
  /** Emits each step that is possible in the state, with the next state. */
  successors(state: State, emit: Emit): void;
}

/** Creates the model of the index under these rules in this scenario. In the initial state both slots are free and the day is complete. */
export function createModel(rules: Rules, scenario: Scenario): Model {
  // By their nature, a rebuild takes several calls and a rename takes one.
  const chunks = rules.resync === 'delete and rebuild' ? 2 : rules.resync === 'rename' ? 1 : scenario.chunks;
  const machine = createMachine(rules, chunks);
  const { days, lostDay, idleResync, finishedResync } = machine;
  const db = encodeVersions([1, 1]);
  const completeDay: Day = {
    set: toFreeSlots([1, 1]),
    hash: { versions: [1, 1], lease: 1, complete: true, server: 1, synced: 0, view: -1 },
    counter: rules.lease === 'counter' ? 1 : 0,
  };
  const initialState: State = {
    db,
    reader: rules.snapshotOf === 'lagging reader' ? db : 0,
    writers: [encodeWriter(0, 0), encodeWriter(0, 0)],
    outbox: 0,
    lostChanges: 0,
    day: days.toNumber(completeDay),
    server: 1,
    copy: scenario.returns > 0 ? days.toNumber(completeDay) : lostDay,
    openConnectionServer: 0,
    isOpenConnectionPrimary: false,
    resyncs: [idleResync, scenario.resyncs === 2 ? idleResync : finishedResync],
    dataLosses: scenario.dataLosses,
    returns: scenario.returns,
    now: 0,
  };
  return { machine, initialState, successors };

  function successors(state: State, emit: Emit): void {
    emitWriterSteps(machine, state, emit);
    emitRelaySteps(machine, scenario, state, emit);
    emitResyncSteps(machine, state, emit);
    emitRedisFailures(machine, scenario, state, emit);
    emitReadsAndTime(state, emit);
  }

  function emitReadsAndTime(state: State, emit: Emit): void {
    const day = machine.afterRead(state.day);
    if (day !== state.day && machine.read(state.day, state.server, state.now) !== undefined) {
      emit('a read builds the view', { ...state, day });
    }
    if (state.reader !== 0 && state.reader !== state.db) emit('the reader catches up', { ...state, reader: state.db });
    if (state.now < scenario.ticks) emit('time passes', { ...state, now: state.now + 1, lostChanges: 0 });
  }
}
