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
  // A hold of this test must not affect the next test.
  await clock.stopAt(startTimeInDays(2));
  await expireHoldBatch(expireHoldsDb, 1000, randomUUID());
  await clock.reset();
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

describe('concurrent bookings', () => {
  it('five patients and five doctors: all five patients get an appointment, 200 times', () =>
    raceForFiveDoctors({ owner, clients }, 200));

  it('one patient who books twenty times at once gets one appointment, without a deadlock, 20 times', () =>
    raceOfOnePatient({ owner, clients }, 20));

  it('no booking is partly done when connections are killed, 15 times', () =>
    raceWithKilledConnections({ owner, clients }, 15));
});

describe('concurrent reschedules', () => {
  it('two patients who reschedule to each other’s time are both refused without waiting, 100 times', () =>
    rescheduleOntoEachOther({ owner, clients }, 100));

  it('twelve patients reschedule at once without a deadlock, 30 times', () => rescheduleAtOnce({ owner, clients }, 30));
});

describe('concurrent commands on an expiring hold', () => {
  it('two patients book the time of each other’s expired hold, 200 times', () =>
    swapExpiredHolds({ owner, clock, clients, expireHoldsDb }, 10));

  it('after the hold has expired, exactly one of two rivals gets the time, 1,000 times', () =>
    raceAfterHoldsExpired({ owner, clock, clients, expireHoldsDb }, 50));

  it('while the hold expires, at most one of the owner and two rivals gets the time, 500 times', () =>
    raceWhileHoldsExpire({ owner, clock, clients, expireHoldsDb }, 25));
});
