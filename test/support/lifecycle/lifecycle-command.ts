import fc from 'fast-check';
import { expect } from 'vitest';
import type { CommandResult } from '../../../lambdas/appointments/appointments.sql.ts';
import { CLINIC, type ClinicModel } from './clinic-model.ts';
import { computeExpectedView } from './expected-view.ts';
import { type RealClinic, readView } from './real-clinic.ts';

export type LifeCommand = fc.AsyncCommand<ClinicModel, RealClinic>;

export const arbitraryPlace = fc.nat(CLINIC.places - 1);

/** Runs a command on the model and the real clinic, then expects that both have the same view. */
export async function runAndCompare(model: ClinicModel, real: RealClinic, command: () => Promise<void>): Promise<void> {
  await command();
  expect(await readView(real, model)).toEqual(computeExpectedView(model, real));
}

/** Counts the outcome under the command's name and returns its code in the model: `done`, `slot_taken`, `not_bookable notice`. */
export function countOutcome(
  { result }: Pick<CommandResult, 'result'>,
  command: string,
  { outcomeCounts }: RealClinic,
): string {
  const code = result.outcome === 'not_bookable' ? `not_bookable ${result.rule}` : result.outcome;
  outcomeCounts.set(`${command} ${code}`, (outcomeCounts.get(`${command} ${code}`) ?? 0) + 1);
  return code;
}
