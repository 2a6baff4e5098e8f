import fc from 'fast-check';
import { expect } from 'vitest';
import { setStatusWhenReleased } from '../clinic/slots.ts';
import { CLINIC, CLOSURES, type Closure } from './clinic-model.ts';
import { arbitraryPlace, type LifeCommand, runAndCompare } from './lifecycle-command.ts';

interface ClosureChange {
  /** Use the time and doctor of the nth newest appointment, if it exists, instead of `place` and `doctor`. */
  readonly reuseTimeOf: number | undefined;
  readonly doctor: number;
  readonly place: number;
  readonly closure: Closure;
}

/** Generates changes of the schedule that close a time or open it again. */
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
        const target = change.reuseTimeOf === undefined ? undefined : model.appointments.at(-1 - change.reuseTimeOf);
        const { doctor, place } = target ?? change;
        await setStatusWhenReleased(real.owner, [real.slotIds[doctor]?.[place] ?? ''], change.closure);
        model.closures[doctor]?.splice(place, 1, change.closure);
      }),
    toString: () => `close ${JSON.stringify(change)}`,
  }));

/** Generates runs of the job that expires holds. A run must not change what users see, because an expired hold looks the same before it. */
export const expirations: fc.Arbitrary<LifeCommand> = fc.constantFrom(1, 2, 100).map((limit) => ({
  check: () => true,
  run: (model, real) =>
    runAndCompare(model, real, async () => {
      expect(await real.expireHolds(limit)).toBeLessThanOrEqual(
        model.appointments.filter((a) => model.isExpired(a)).length,
      );
    }),
  toString: () => `expire up to ${limit} holds`,
}));

/** Generates waits of about the duration of a hold, of the notice, and of an appointment. */
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
