import fc from 'fast-check';
import { expect } from 'vitest';
import { setStatusWhenReleased } from '../clinic/slots.ts';
import { CLINIC, CLOSURES, type Closure } from './clinic-model.ts';
import { arbitraryPlace, type LifeCommand, runAndCompare } from './lifecycle-command.ts';

interface ClosureChange {
  /** The time of the nth newest appointment, if there is one, else this doctor's at this place. */
  readonly reuseTimeOf: number | undefined;
  readonly doctor: number;
  readonly place: number;
  readonly closure: Closure;
}

/** The schedule crosses out a time, or offers it again. */
export const closures: fc.Arbitrary<LifeCommand> = fc
  .record<ClosureChange>({
    reuseTimeOf: fc.option(fc.nat(3), { nil: undefined, freq: 2 }),
    doctor: fc.nat(CLINIC.doctors - 1),
    place: arbitraryPlace,
    closure: fc.constantFrom('free', ...CLOSURES),
  })
  .map((change) => ({
    check: () => true,
    run: (model, real) =>
      runAndCompare(model, real, async () => {
        const reuseTimeOf =
          change.reuseTimeOf === undefined ? undefined : model.appointments.at(-1 - change.reuseTimeOf);
        const { doctor, place } = reuseTimeOf ?? change;
        await setStatusWhenReleased(real.owner, [real.slotIds[doctor]?.[place] ?? ''], change.closure);
        model.closures[doctor]?.splice(place, 1, change.closure);
      }),
    toString: () => `close ${JSON.stringify(change)}`,
  }));

/** The sweeper comes by. Nobody can tell, whose clock stands still. */
export const expirations: fc.Arbitrary<LifeCommand> = fc.constantFrom(1, 2, 100).map((limit) => ({
  check: () => true,
  run: (model, real) =>
    runAndCompare(model, real, async () => {
      expect(await real.expireHolds(limit)).toBeLessThanOrEqual(
        model.appointments.filter((a) => model.isExpired(a)).length,
      );
    }),
  toString: () => `sweep ${limit}`,
}));

/** Time passes: around the end of a hold, a renewal, a notice, an appointment. */
export const waits: fc.Arbitrary<LifeCommand> = fc
  .constantFrom(1, 60, 119, 120, 120, 900, 1800, 3600, 3600)
  .map((seconds) => ({
    check: () => true,
    run: (model, real) =>
      runAndCompare(model, real, async () => {
        await real.clock.advance(seconds);
        model.now += seconds * 1000;
      }),
    toString: () => `wait ${seconds} s`,
  }));
