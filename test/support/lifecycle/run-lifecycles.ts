import fc from 'fast-check';
import { expect } from 'vitest';
import { startTimeInDays } from '../clinic/insert-clinic.ts';
import { expectInvariants } from '../database/invariants.ts';
import { bookings } from './book-command.ts';
import { changes } from './change-command.ts';
import { CLINIC, ClinicModel } from './clinic-model.ts';
import { closures, expirations, waits } from './environment-commands.ts';
import { computeExpectedView } from './expected-view.ts';
import { type Databases, openRealClinic, type RealClinic, readPublishedKinds, readView } from './real-clinic.ts';

const DAY_SECONDS = 86_400;
const MAX_COMMANDS = 60;
// The clock starts exactly at the cut-off of the first time, because then waits reach the limits of the rules exactly.
const INITIAL_LEAD_MILLISECONDS = CLINIC.cutoffMinutes * 60_000;

/**
 * Runs sequences of up to 60 commands, each in a new clinic. After each command the clinic must look like the model.
 * @throws with the shortest failing sequence that was found
 */
export async function runLifecycles(databases: Databases, sequences: number, seed?: number): Promise<void> {
  const commands = fc.commands([bookings, bookings, changes, changes, changes, changes, closures, expirations, waits], {
    maxCommands: MAX_COMMANDS,
    size: 'max',
  });
  const property = fc.asyncProperty(commands, async (commandSequence) => {
    const model = new ClinicModel(
      startTimeInDays(3),
      new Date(startTimeInDays(3).getTime() - INITIAL_LEAD_MILLISECONDS),
    );
    const real = await openRealClinic(databases, model);
    try {
      await fc.asyncModelRun(() => ({ model, real }), commandSequence);
      await expectAllPublished(model, real);
    } finally {
      // The next clinic runs the same job, which must not find holds of this one.
      await databases.clock.advance(DAY_SECONDS);
      await real.expireHolds(1000);
    }
  });
  await fc.assert(property, { numRuns: sequences, seed, unbiased: true });
  await expectInvariants(databases.owner);
}

/** Lets all holds expire and runs the job. The view must still equal the model, and each change must have exactly one outbox row. */
async function expectAllPublished(model: ClinicModel, real: RealClinic): Promise<void> {
  await real.clock.advance(DAY_SECONDS);
  model.now += DAY_SECONDS * 1000;
  await real.expireHolds(1000);
  expect(await readView(real, model)).toEqual(computeExpectedView(model, real));
  expect(await readPublishedKinds(real)).toEqual(
    Object.fromEntries(
      model.appointments.map((a) => [
        a.id,
        [...a.publishedKinds, ...(model.isExpired(a) ? ['appointment_expired'] : [])],
      ]),
    ),
  );
}
