import fc from 'fast-check';
import { expect } from 'vitest';
import type { CommandAnswer } from '../../../lambdas/appointments/appointments.sql.ts';
import { CLINIC, type ClinicModel } from './clinic-model.ts';
import { expected } from './expected.ts';
import { type RealClinic, seen } from './real-clinic.ts';

export type LifeCommand = fc.AsyncCommand<ClinicModel, RealClinic>;

export const place = fc.nat(CLINIC.places - 1);

/** Does a command on both sides, and then looks whether they are the same to everybody. */
export async function thenLook(model: ClinicModel, real: RealClinic, command: () => Promise<void>): Promise<void> {
  await command();
  expect(await seen(real, model)).toEqual(expected(model, real));
}

/** How an answer is called in the model: `done`, `slot_taken`, `not_bookable notice`. It is counted under the command's name. */
export function codeOf({ answer }: Pick<CommandAnswer, 'answer'>, command: string, { answered }: RealClinic): string {
  const code = answer.outcome === 'not_bookable' ? `not_bookable ${answer.rule}` : answer.outcome;
  answered.set(`${command} ${code}`, (answered.get(`${command} ${code}`) ?? 0) + 1);
  return code;
}
