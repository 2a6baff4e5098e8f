import type pg from 'pg';
import { expect } from 'vitest';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { countOutcomes } from './booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, startTimeInDays } from './insert-clinic.ts';
import { createTestActor } from './test-actor.ts';

interface RescheduleRaceEnvironment {
  readonly owner: pg.Client;
  /** At least 24 connections, opened before the race. */
  readonly clients: readonly Db[];
}

const startAt = (halfHours: number) => startTimeInDays(3, halfHours);

/** In each round, two patients concurrently reschedule to each other's time: both must be refused. */
export async function rescheduleOntoEachOther(
  { owner, clients }: RescheduleRaceEnvironment,
  rounds: number,
): Promise<void> {
  const { clinicId, doctorIds } = await insertClinic(owner);
  await insertSlots(owner, { clinicId, doctorIds }, startAt(0), 2);
  const [patient, otherPatient] = (await insertPatients(owner, 2)).map((sub, index) =>
    createTestActor(clients[index] as Db, sub),
  );
  if (!patient || !otherPatient) throw new Error('The race needs two patients.');
  const firstBooking = await patient.bookOrThrow({ clinicId, startTime: startAt(0) });
  const secondBooking = await otherPatient.bookOrThrow({ clinicId, startTime: startAt(1) });
  for (let round = 0; round < rounds; round += 1) {
    const results = await Promise.all([
      patient.change('reschedule', firstBooking.id, { startTime: startAt(1) }),
      otherPatient.change('reschedule', secondBooking.id, { startTime: startAt(0) }),
    ]);
    expect(countOutcomes(results), `round ${round}`).toEqual({ slot_taken: 2 });
  }
}

/** Twelve patients concurrently reschedule among the same times, each twice: every command must succeed or return `slot_taken`. */
export async function rescheduleAtOnce({ owner, clients }: RescheduleRaceEnvironment, rounds: number): Promise<void> {
  const clinic = await insertClinic(owner, { doctors: 3 });
  await insertSlots(owner, clinic, startAt(0), 8);
  const subs = await insertPatients(owner, 12);
  const movers = subs.map((sub, index) => createTestActor(clients[index] as Db, sub));
  const duplicates = subs.map((sub, index) => createTestActor(clients[index + 12] as Db, sub));
  const booked = await Promise.all(
    movers.map((mover, index) =>
      mover.bookOrThrow({
        clinicId: clinic.clinicId,
        startTime: startAt((index % 4) * 2),
        doctorId: clinic.doctorIds[index % 3],
        slots: 2,
      }),
    ),
  );
  const outcomes = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    const results = await Promise.all(
      booked.flatMap(({ id }, index) => [
        movers[index]?.change('reschedule', id, { startTime: startAt((index * 5 + round * 3) % 7) }),
        duplicates[index]?.change('reschedule', id, { startTime: startAt((round + index) % 7) }),
      ]),
    );
    for (const actorResult of results) if (actorResult) outcomes.add(actorResult.result.outcome);
  }
  expect([...outcomes].toSorted()).toEqual(['done', 'slot_taken']);
}
