import type { Machine } from './machine.ts';
import type { Emit, Scenario, State } from './state.ts';

/** Redis loses keys, or an earlier state of it comes back. */
export function emitRedisFailures(machine: Machine, scenario: Scenario, state: State, emit: Emit): void {
  emitKeyLosses(machine, state, emit);
  if (state.copy !== state.day && (state.returns > 0 || state.openConnectionServer > 0)) {
    emit('the replica or the dump is brought up to date', { ...state, copy: state.day });
  }
  if (state.returns === 0) return;
  if (scenario.returnBy === 'restart') emitRestart(machine, state, emit);
  else emitFailover(machine, state, emit);
}

function emitKeyLosses({ days, lostDay: lost }: Machine, state: State, emit: Emit): void {
  if (state.losses === 0) return;
  const losses = state.losses - 1;
  const day = days.at(state.day);
  if (day.set > 0) emit('the set is evicted', { ...state, losses, day: days.numberOf({ ...day, set: 0 }) });
  if (day.hash) emit('the hash is evicted', { ...state, losses, day: days.numberOf({ ...day, hash: undefined }) });
  if (state.day !== lost) emit('everything is flushed', { ...state, losses, day: lost });
}

function emitRestart(machine: Machine, state: State, emit: Emit): void {
  const returns = state.returns - 1;
  const copy = returns > 0 ? state.copy : machine.lostDay;
  const server = machine.newServer(state);
  emit(`Redis restarts from its dump, as server ${server}`, { ...state, returns, day: state.copy, copy, server });
}

/** The old primary becomes the replica. Where names are of processes, the second failover brings the first name back. */
function emitFailover(machine: Machine, state: State, emit: Emit): void {
  const returns = state.returns - 1;
  const server = machine.rules.server === 'term' ? machine.newServer(state) : state.server === 1 ? 2 : 1;
  const next = { ...state, returns, day: state.copy, server };
  const copy = returns > 0 ? state.copy : machine.lostDay;
  const step = `failover to server ${server}`;
  emit(step, { ...next, copy, openConnectionServer: 0, isOpenConnectionPrimary: false });
  // Asked in each script, a replica would say that it is one, and a primary its present name.
  if (machine.rules.serverRead === 'in each script') return;
  const survivor = state.openConnectionServer || state.server;
  const survivorOnPrimary = state.openConnectionServer > 0 && !state.isOpenConnectionPrimary;
  emit(`${step}; a connection to server ${survivor} stays open`, {
    ...next,
    openConnectionServer: survivor,
    isOpenConnectionPrimary: survivorOnPrimary,
  });
}
