import fc from 'fast-check';
import { expect } from 'vitest';
import { setRelease } from '../slots.ts';
import { CLINIC, CLOSURES, type Closure } from './clinic-model.ts';
import { type LifeCommand, place, thenLook } from './life-command.ts';

interface ChangeOfSchedule {
  /** The time of the nth newest appointment, if there is one, else this doctor's at this place. */
  readonly under: number | undefined;
  readonly doctor: number;
  readonly place: number;
  readonly to: Closure;
}

/** The schedule crosses out a time, or offers it again. */
export const closures: fc.Arbitrary<LifeCommand> = fc
  .record<ChangeOfSchedule>({
    under: fc.option(fc.nat(3), { nil: undefined, freq: 2 }),
    doctor: fc.nat(CLINIC.doctors - 1),
    place,
    to: fc.constantFrom('free', ...CLOSURES),
  })
  .map((change) => ({
    check: () => true,
    run: (model, real) =>
      thenLook(model, real, async () => {
        const under = change.under === undefined ? undefined : model.appointments.at(-1 - change.under);
        const { doctor, place } = under ?? change;
        await setRelease(real.owner, [real.slotIds[doctor]?.[place] ?? ''], change.to);
        model.closures[doctor]?.splice(place, 1, change.to);
      }),
    toString: () => `close ${JSON.stringify(change)}`,
  }));

/** The sweeper comes by. Nobody can tell, whose clock stands still. */
export const sweeps: fc.Arbitrary<LifeCommand> = fc.constantFrom(1, 2, 100).map((limit) => ({
  check: () => true,
  run: (model, real) =>
    thenLook(model, real, async () => {
      expect(await real.sweep(limit)).toBeLessThanOrEqual(model.appointments.filter((a) => model.hasExpired(a)).length);
    }),
  toString: () => `sweep ${limit}`,
}));

/** Time passes: around the end of a hold, a renewal, a notice, an appointment. */
export const waits: fc.Arbitrary<LifeCommand> = fc
  .constantFrom(1, 60, 119, 120, 120, 900, 1800, 3600, 3600)
  .map((seconds) => ({
    check: () => true,
    run: (model, real) =>
      thenLook(model, real, async () => {
        await real.clock.advance(seconds);
        model.now += seconds * 1000;
      }),
    toString: () => `wait ${seconds} s`,
  }));
