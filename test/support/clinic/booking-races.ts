import type pg from 'pg';
import { expect } from 'vitest';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, countOutcomes } from './booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, startTimeInDays } from './insert-clinic.ts';

interface BookingRaceEnvironment {
  readonly owner: pg.Client;
  /** At least 20 connections, opened before the race. */
  readonly clients: readonly Db[];
}

const PATIENTS = 100;

const clientAt = (clients: readonly Db[], index: number): Db => {
  const client = clients[index];
  if (!client) throw new Error(`The race needs more than ${index} clients.`);
  return client;
};

/** In each round, five patients concurrently book the same start time, which five doctors offer: all five must succeed. */
export async function raceForFiveDoctors({ owner, clients }: BookingRaceEnvironment, rounds: number): Promise<void> {
  const patients = await insertPatients(owner, PATIENTS);
  const clinic = await insertClinic(owner, { doctors: 5 });
  for (let round = 0; round < rounds; round += 1) {
    const startTime = startTimeInDays(6 + Math.floor(round / 40), round % 40);
    await insertSlots(owner, clinic, startTime);
    const five = patients.slice((round % 20) * 5, (round % 20) * 5 + 5);
    const results = await Promise.all(
      five.map((sub, index) => bookForPatient(clientAt(clients, index), sub, { clinicId: clinic.clinicId, startTime })),
    );
    expect(countOutcomes(results), `round ${round}`).toEqual({ done: 5 });
  }
}

/** In each round, one patient books the same start time twenty times concurrently, by time and by slot: exactly one booking must succeed. */
export async function raceOfOnePatient({ owner, clients }: BookingRaceEnvironment, rounds: number): Promise<void> {
  const [patient = ''] = await insertPatients(owner, 1);
  const clinic = await insertClinic(owner, { doctors: 20 });
  for (let round = 0; round < rounds; round += 1) {
    const startTime = startTimeInDays(12, round);
    const slotIds = await insertSlots(owner, clinic, startTime);
    const results = await Promise.all(
      clients
        .slice(0, 20)
        .map((db, index) =>
          bookForPatient(
            db,
            patient,
            index % 2 ? { clinicId: clinic.clinicId, startTime } : { slotId: slotIds[index] },
          ),
        ),
    );
    expect(countOutcomes(results).done, `round ${round}`).toBe(1);
  }
}

/** Twenty patients book concurrently while their connections are killed: each booking that was reported as done must be stored. */
export async function raceWithKilledConnections(
  { owner, clients }: BookingRaceEnvironment,
  rounds: number,
): Promise<void> {
  const patients = await insertPatients(owner, 20);
  const clinic = await insertClinic(owner, { doctors: 10 });
  const bookingRounds = { running: true };
  const connectionKiller = (async () => {
    while (bookingRounds.running) {
      await owner.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'patient_api' and state <> 'idle' order by random() limit 3`);
    }
  })();
  const outcomes: Record<string, number> = {};
  try {
    for (let round = 0; round < rounds; round += 1) {
      const startTime = startTimeInDays(20, round);
      await insertSlots(owner, clinic, startTime);
      const results = await Promise.allSettled(
        patients.map((sub, index) =>
          bookForPatient(clientAt(clients, index), sub, { clinicId: clinic.clinicId, startTime }),
        ),
      );
      for (const result of results) {
        const outcome = result.status === 'fulfilled' ? result.value.result.outcome : result.reason.name;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (result.status !== 'fulfilled' || result.value.result.outcome !== 'done') continue;
        const { rows } = await owner.query('select status from appointments where id = $1', [
          result.value.result.appointment.id,
        ]);
        expect(rows[0]).toEqual({ status: 'booked' });
      }
    }
  } finally {
    bookingRounds.running = false;
    await connectionKiller;
  }
  expect(outcomes.done).toBeGreaterThan(0);
  expect(outcomes.DatabaseUnavailableError ?? 0, JSON.stringify(outcomes)).toBeGreaterThan(0);
}
