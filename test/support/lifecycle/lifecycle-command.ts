import fc from 'fast-check';
import { expect } from 'vitest';
import type { CommandResult } from '../../../lambdas/appointments/appointments.sql.ts';
import { CLINIC, type ClinicModel } from './clinic-model.ts';
import { computeExpectedView } from './expected-view.ts';
import { type RealClinic, readView } from './real-clinic.ts';

export type LifeCommand = fc.AsyncCommand<ClinicModel, RealClinic>;

export const arbitraryPlace = fc.nat(CLINIC.places - 1);

/** Does a command on both sides, and then looks whether they are the same to everybody. */
export async function runAndCompare(model: ClinicModel, real: RealClinic, command: () => Promise<void>): Promise<void> {
  await command();
  expect(await readView(real, model)).toEqual(computeExpectedView(model, real));
}

/** How an answer is called in the model: `done`, `slot_taken`, `not_bookable notice`. It is counted under the command's name. */
export function countOutcome(
  { result }: Pick<CommandResult, 'result'>,
  command: string,
  { outcomeCounts: answered }: RealClinic,
): string {
  const code = result.outcome === 'not_bookable' ? `not_bookable ${result.rule}` : result.outcome;
  answered.set(`${command} ${code}`, (answered.get(`${command} ${code}`) ?? 0) + 1);
  return code;
}
