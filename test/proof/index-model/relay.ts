import type { Machine } from './machine.ts';
import type { Emit, Scenario, World } from './world.ts';
import { CHANGES, NAMES } from './writers.ts';

/** The relay tells of any change in the outbox, and notes that it did, or dies before that and tells again. */
export function relayGoesOn(machine: Machine, { forgotten }: Scenario, world: World, emit: Emit): void {
  for (let change = 1; change < CHANGES.length; change++) {
    const bit = 1 << change;
    if ((world.outbox & bit) === 0) continue;
    const outbox = world.outbox & ~bit;
    const day = machine.apply(world, change);
    emit(`the relay tells: ${NAMES[change]}`, { ...world, day, outbox });
    if (day !== world.day) emit(`the relay tells and dies: ${NAMES[change]}`, { ...world, day });
    if (forgotten > 0 && world.now === 0 && world.forgotten === 0) {
      emit(`nobody will tell: ${NAMES[change]}`, { ...world, outbox, forgotten: bit });
    }
  }
}
