import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Databases, openDatabases } from '../support/lifecycle/real-clinic.ts';
import { runLifecycles } from '../support/lifecycle/run-lifecycles.ts';

const SEQUENCES = 1000;

// The sequences must have reached these outcomes, because otherwise they prove little.
const EXPECTED_OUTCOMES: Readonly<Record<string, readonly string[]>> = {
  book: ['done', 'slot_taken', 'patient_busy', 'too_many_appointments', 'too_many_no_shows'],
  hold: ['done', 'slot_taken', 'patient_busy', 'too_many_holds', 'not_bookable past', 'not_bookable notice'],
  confirm: ['done', 'hold_expired', 'illegal_transition', 'not_found', 'precondition_failed'],
  renew: ['done', 'hold_expired', 'already_renewed', 'illegal_transition', 'not_found'],
  cancel: ['done', 'too_late_to_cancel', 'illegal_transition', 'not_found', 'precondition_failed'],
  reschedule: ['done', 'patient_busy', 'too_late_to_reschedule', 'not_bookable slot', 'illegal_transition'],
  complete: ['done', 'too_early', 'illegal_transition', 'not_found'],
  no_show: ['done', 'too_early', 'illegal_transition', 'not_found'],
};

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases();
});

afterAll(async () => {
  await databases.owner.end();
  await databases.database.drop();
});

it(`appointments have the states of the model, in ${SEQUENCES} clinics`, async () => {
  const startedAt = performance.now();
  await runLifecycles(databases, SEQUENCES);
  const minutes = (performance.now() - startedAt) / 60_000;
  console.log(`${SEQUENCES} sequences, ${Math.round(SEQUENCES / minutes)} a minute.`);
  const outcomes = [...databases.outcomeCounts].toSorted(([one], [other]) => one.localeCompare(other));
  console.table(Object.fromEntries(outcomes));
  const expectedOutcomes = Object.entries(EXPECTED_OUTCOMES).flatMap(([command, codes]) =>
    codes.map((code) => `${command} ${code}`),
  );
  expect(expectedOutcomes.filter((outcome) => !databases.outcomeCounts.has(outcome))).toEqual([]);
});
