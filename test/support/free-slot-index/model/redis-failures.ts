import type { Machine } from './machine.ts';
import type { Emit, Scenario, State } from './state.ts';

/** Emits the steps in which Redis loses keys or returns to an earlier state. */
export function emitRedisFailures(machine: Machine, scenario: Scenario, state: State, emit: Emit): void {
  emitKeyLosses(machine, state, emit);
  if (state.copy !== state.day && (state.returns > 0 || state.openConnectionServer > 0)) {
    emit('the replica or the dump is updated', { ...state, copy: state.day });
  }
  if (state.returns === 0) return;
  if (scenario.returnBy === 'restart') emitRestart(machine, state, emit);
  else emitFailover(machine, state, emit);
}

function emitKeyLosses({ days, lostDay }: Machine, state: State, emit: Emit): void {
  if (state.dataLosses === 0) return;
  const dataLosses = state.dataLosses - 1;
  const day = days.at(state.day);
  if (day.set > 0) emit('the set is evicted', { ...state, dataLosses, day: days.toNumber({ ...day, set: 0 }) });
  if (day.hash) emit('the hash is evicted', { ...state, dataLosses, day: days.toNumber({ ...day, hash: undefined }) });
  if (state.day !== lostDay) emit('everything is flushed', { ...state, dataLosses, day: lostDay });
}

function emitRestart(machine: Machine, state: State, emit: Emit): void {
  const returns = state.returns - 1;
  const copy = returns > 0 ? state.copy : machine.lostDay;
  const server = machine.newServer(state);
  emit(`Redis restarts from its dump, as server ${server}`, { ...state, returns, day: state.copy, copy, server });
}

/** The old primary becomes the replica. If a server is named by its process, the second failover restores the first name. */
function emitFailover(machine: Machine, state: State, emit: Emit): void {
  const returns = state.returns - 1;
  const server = machine.rules.server === 'term' ? machine.newServer(state) : state.server === 1 ? 2 : 1;
  const next = { ...state, returns, day: state.copy, server };
  const copy = returns > 0 ? state.copy : machine.lostDay;
  const step = `failover to server ${server}`;
  emit(step, { ...next, copy, openConnectionServer: 0, isOpenConnectionPrimary: false });
  // A script that reads the server's role and name gets the current ones, also over an old connection.
  if (machine.rules.serverRead === 'in each script') return;
  const openConnectionServer = state.openConnectionServer || state.server;
  const isOpenConnectionPrimary = state.openConnectionServer > 0 && !state.isOpenConnectionPrimary;
  emit(`${step}; a connection to server ${openConnectionServer} stays open`, {
    ...next,
    openConnectionServer,
    isOpenConnectionPrimary,
  });
}
