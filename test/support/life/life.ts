import fc from 'fast-check';
import { expect } from 'vitest';
import { startInDays } from '../clinic.ts';
import { expectSound } from '../invariants.ts';
import { bookings } from './book-command.ts';
import { changes } from './change-command.ts';
import { CLINIC, ClinicModel } from './clinic-model.ts';
import { expected } from './expected.ts';
import { type Databases, openClinic, type RealClinic, seen, told } from './real-clinic.ts';
import { closures, sweeps, waits } from './world-commands.ts';

const DAY_SECONDS = 86_400;
const LONGEST = 60;
// Exactly at the cut-off of the first time, so that the ends of all rules are met to the instant.
const AHEAD = CLINIC.cutoffMinutes * 60_000;

/**
 * Lets so many clinics live, each a sequence of up to 60 commands: after each of them the clinic is for everybody as the model says.
 * @throws with the shortest sequence that could be found when one is not
 */
export async function liveThrough(databases: Databases, sequences: number, seed?: number): Promise<void> {
  const commands = fc.commands([bookings, bookings, changes, changes, changes, changes, closures, sweeps, waits], {
    maxCommands: LONGEST,
    size: 'max',
  });
  const life = fc.asyncProperty(commands, async (given) => {
    const model = new ClinicModel(startInDays(3), new Date(startInDays(3).getTime() - AHEAD));
    const real = await openClinic(databases, model);
    try {
      await fc.asyncModelRun(() => ({ model, real }), given);
      await expectAllTold(model, real);
    } finally {
      // The next clinic is not to find the holds of this one.
      await databases.clock.advance(DAY_SECONDS);
      await real.sweep(1000);
    }
  });
  await fc.assert(life, { numRuns: sequences, seed, unbiased: true });
  await expectSound(databases.owner);
}

/** When all is over and swept, nothing looks different, and each change has been told once. */
async function expectAllTold(model: ClinicModel, real: RealClinic): Promise<void> {
  await real.clock.advance(DAY_SECONDS);
  model.now += DAY_SECONDS * 1000;
  await real.sweep(1000);
  expect(await seen(real, model)).toEqual(expected(model, real));
  expect(await told(real)).toEqual(
    Object.fromEntries(
      model.appointments.map((a) => [a.id, [...a.told, ...(model.hasExpired(a) ? ['appointment_expired'] : [])]]),
    ),
  );
}
