import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, it, vi } from 'vitest';
import { expireHoldBatch } from '../../lambdas/appointments/appointments.sql.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { openClients } from '../support/clinic/booking-clients.ts';
import { raceForFiveDoctors, raceOfOnePatient, raceWithKilledConnections } from '../support/clinic/booking-races.ts';
import { raceAfterHoldsExpired, raceWhileHoldsExpire, swapExpiredHolds } from '../support/clinic/hold-races.ts';
import { startTimeInDays } from '../support/clinic/insert-clinic.ts';
import { rescheduleAtOnce, rescheduleOntoEachOther } from '../support/clinic/reschedule-races.ts';
import { expectInvariants } from '../support/database/invariants.ts';
import { replaceClock, type TestClock } from '../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../support/database/test-database.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

let database: TestDatabase;
let owner: pg.Client;
let clock: TestClock;
let clients: Db[];
let expireHoldsDb: Db;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clock = await replaceClock(owner);
  clients = await openClients(database, 40);
  expireHoldsDb = database.connectAs('expire_holds');
});

afterEach(async () => {
  await expectInvariants(owner);
  // The holds of one test must not be there in the next.
  await clock.stopAt(startTimeInDays(2));
  await expireHoldBatch(expireHoldsDb, 1000, randomUUID());
  await clock.reset();
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

describe('bookings at once', () => {
  it('five patients and five doctors, 200 times: all five get an appointment', () =>
    raceForFiveDoctors({ owner, clients }, 200));

  it('one patient twenty times at once, 20 times: one appointment, and no deadlock', () =>
    raceOfOnePatient({ owner, clients }, 20));

  it('connections are killed, 15 times: no booking is half done', () =>
    raceWithKilledConnections({ owner, clients }, 15));
});

describe('reschedules at once', () => {
  it('two patients who want each other’s time are both refused without waiting, 100 times', () =>
    rescheduleOntoEachOther({ owner, clients }, 100));

  it('twelve patients reschedule at once without a deadlock, 30 times', () => rescheduleAtOnce({ owner, clients }, 30));
});

describe('a rival and the owner of an expiring hold at once', () => {
  it('two patients book each other’s expired time, 200 times', () =>
    swapExpiredHolds({ owner, clock, clients, expireHoldsDb }, 10));

  it('one rival gets an expired hold, 1,000 times', () =>
    raceAfterHoldsExpired({ owner, clock, clients, expireHoldsDb }, 50));

  it('when the hold expires at most one of them gets the time, 500 times', () =>
    raceWhileHoldsExpire({ owner, clock, clients, expireHoldsDb }, 25));
});
