import type { Machine } from './machine.ts';
import type { Emit, Scenario, World } from './world.ts';

/** Redis loses keys, or an earlier state of it comes back. */
export function redisFails(machine: Machine, scenario: Scenario, world: World, emit: Emit): void {
  losesKeys(machine, world, emit);
  if (world.copy !== world.day && (world.returns > 0 || world.survivor > 0)) {
    emit('the replica or the dump is brought up to date', { ...world, copy: world.day });
  }
  if (world.returns === 0) return;
  if (scenario.returnBy === 'restart') restarts(machine, world, emit);
  else failsOver(machine, world, emit);
}

function losesKeys({ days, lost }: Machine, world: World, emit: Emit): void {
  if (world.losses === 0) return;
  const losses = world.losses - 1;
  const day = days.at(world.day);
  if (day.set > 0) emit('the set is evicted', { ...world, losses, day: days.numberOf({ ...day, set: 0 }) });
  if (day.hash) emit('the hash is evicted', { ...world, losses, day: days.numberOf({ ...day, hash: undefined }) });
  if (world.day !== lost) emit('everything is flushed', { ...world, losses, day: lost });
}

function restarts(machine: Machine, world: World, emit: Emit): void {
  const returns = world.returns - 1;
  const copy = returns > 0 ? world.copy : machine.lost;
  const server = machine.newServer(world);
  emit(`Redis restarts from its dump, as server ${server}`, { ...world, returns, day: world.copy, copy, server });
}

/** The old primary becomes the replica. Where names are of processes, the second failover brings the first name back. */
function failsOver(machine: Machine, world: World, emit: Emit): void {
  const returns = world.returns - 1;
  const server = machine.rules.server === 'term' ? machine.newServer(world) : world.server === 1 ? 2 : 1;
  const next = { ...world, returns, day: world.copy, server };
  const copy = returns > 0 ? world.copy : machine.lost;
  const step = `failover to server ${server}`;
  emit(step, { ...next, copy, survivor: 0, survivorOnPrimary: false });
  // Asked in each script, a replica would say that it is one, and a primary its present name.
  if (machine.rules.asked === 'in each script') return;
  const survivor = world.survivor || world.server;
  const survivorOnPrimary = world.survivor > 0 && !world.survivorOnPrimary;
  emit(`${step}; a connection to server ${survivor} stays open`, { ...next, survivor, survivorOnPrimary });
}
