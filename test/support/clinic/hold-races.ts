import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { expect } from 'vitest';
import { expireHoldBatch } from '../../../lambdas/appointments/appointments.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import type { TestClock } from '../database/test-clock.ts';
import { createRandom } from '../random.ts';
import { countOutcomes } from './booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, startTimeInDays } from './insert-clinic.ts';
import { createTestActor } from './test-actor.ts';

interface HoldRaceEnvironment {
  readonly owner: pg.Client;
  readonly clock: TestClock;
  /** At least 40 connections, opened before the race. */
  readonly clients: readonly Db[];
  readonly expireHoldsDb: Db;
}

/** The number of holds that each round races for concurrently. */
const CONCURRENT_HOLDS = 20;
const HOLD_SECONDS = 120;
const DAY = 5;
/** The maximum number of rounds in which the owner and a rival must each win at least once. */
const MAX_ROUNDS = 25;

/** Pairs of patients book each other's expired holds: all bookings must succeed. */
export async function swapExpiredHolds(environment: HoldRaceEnvironment, rounds: number): Promise<void> {
  const { owner, clock, clients } = environment;
  for (let round = 0; round < rounds; round += 1) {
    const clinic = await insertClinic(owner, { doctors: CONCURRENT_HOLDS });
    const slotIds = await insertSlots(owner, clinic, startTimeInDays(DAY));
    const actors = (await insertPatients(owner, CONCURRENT_HOLDS)).map((sub, index) =>
      createTestActor(clients[index] as Db, sub),
    );
    await Promise.all(actors.map((actor, index) => actor.holdOrThrow({ slotId: slotIds[index] })));
    await clock.advance(HOLD_SECONDS);
    // Patients 0 and 1, 2 and 3 and so on book each other's slots.
    const results = await Promise.all(actors.map((actor, index) => actor.book({ slotId: slotIds[index ^ 1] })));
    expect(countOutcomes(results), `round ${round}`).toEqual({ done: CONCURRENT_HOLDS });
  }
}

/** Starts after the holds have expired: one of two rivals must get each slot, and the owner none. */
export async function raceAfterHoldsExpired(environment: HoldRaceEnvironment, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const results = await raceForHolds(environment, { round, leadMilliseconds: 0, jitterMilliseconds: 0 });
    for (const result of results) {
      expect(result, `round ${round}`).toEqual({
        ownerOutcome: 'hold_expired',
        rivalOutcomes: ['done', 'slot_taken'],
      });
    }
  }
}

/**
 * Starts 15 ms before the holds expire: at most one person may get each slot. Runs at least `rounds` rounds, and continues until the owner
 * and a rival have each won once.
 */
export async function raceWhileHoldsExpire(environment: HoldRaceEnvironment, rounds: number): Promise<void> {
  const winCounts = { owner: 0, rival: 0, none: 0 };
  const bothHaveWon = () => winCounts.owner > 0 && winCounts.rival > 0;
  for (let round = 0; round < rounds || (round < MAX_ROUNDS && !bothHaveWon()); round += 1) {
    const results = await raceForHolds(environment, { round, leadMilliseconds: 15, jitterMilliseconds: 40 });
    for (const { ownerOutcome, rivalOutcomes } of results) {
      const outcomes = [ownerOutcome, ...rivalOutcomes];
      const winners = outcomes.filter((outcome) => outcome === 'done');
      expect(winners.length, `round ${round}: ${outcomes}`).toBeLessThanOrEqual(1);
      expect(outcomes.filter((outcome) => !['done', 'hold_expired', 'slot_taken'].includes(outcome))).toEqual([]);
      winCounts[ownerOutcome === 'done' ? 'owner' : winners.length ? 'rival' : 'none'] += 1;
    }
  }
  expect(winCounts.owner, JSON.stringify(winCounts)).toBeGreaterThan(0);
  expect(winCounts.rival, JSON.stringify(winCounts)).toBeGreaterThan(0);
}

interface RaceTimes {
  readonly round: number;
  /** The time between the start of the race and the expiry of the holds. */
  readonly leadMilliseconds: number;
  /** The maximum random delay of each command. */
  readonly jitterMilliseconds: number;
}

/** Holds one slot for each owner. Then the owner, two rivals and the job that expires holds act on it concurrently. */
async function raceForHolds(
  { owner, clock, clients, expireHoldsDb }: HoldRaceEnvironment,
  { round, leadMilliseconds, jitterMilliseconds }: RaceTimes,
) {
  const random = createRandom(round);
  const clinic = await insertClinic(owner, { doctors: CONCURRENT_HOLDS });
  const startTime = startTimeInDays(DAY);
  const slotIds = await insertSlots(owner, clinic, startTime);
  const subs = await insertPatients(owner, 3 * CONCURRENT_HOLDS);
  await clock.stopAt(startTimeInDays(1));
  const holds = await Promise.all(
    slotIds.map((slotId, index) => createTestActor(clients[index] as Db, subs[index] ?? '').holdOrThrow({ slotId })),
  );
  const end = new Date(holds[0]?.expiresAt ?? '');
  await clock.startAt(new Date(end.getTime() - leadMilliseconds));
  const startWithJitter = <T>(work: () => Promise<T>) => {
    const delay = random.integer(0, jitterMilliseconds);
    return new Promise((resolve) => setTimeout(resolve, delay)).then(work);
  };
  const command = round % 2 ? 'renew' : 'confirm';
  return Promise.all(
    holds.map(async ({ id }, index) => {
      const holder = createTestActor(clients[index] as Db, subs[index] ?? '');
      const rivals = [1, 2].map((nth) =>
        createTestActor(
          clients[((index + nth) % CONCURRENT_HOLDS) + CONCURRENT_HOLDS] as Db,
          subs[nth * CONCURRENT_HOLDS + index] ?? '',
        ),
      );
      const request =
        index % 2
          ? { slotId: slotIds[index] }
          : { clinicId: clinic.clinicId, startTime, doctorId: clinic.doctorIds[index] };
      const [ownerResult, rivalResults] = await Promise.all([
        startWithJitter(() => holder.change(command, id)),
        Promise.all(rivals.map((rival) => startWithJitter(() => rival.book(request)))),
        index % 5 ? undefined : startWithJitter(() => expireHoldBatch(expireHoldsDb, 1000, randomUUID())),
      ]);
      return {
        ownerOutcome: ownerResult.result.outcome,
        rivalOutcomes: rivalResults.map(({ result }) => result.outcome).toSorted(),
      };
    }),
  );
}
