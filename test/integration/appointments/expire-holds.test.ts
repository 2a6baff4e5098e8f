import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expireHolds } from '../../../lambdas/appointments/expire-holds.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, countOutcomes, openClients } from '../../support/clinic/booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, startTimeInDays } from '../../support/clinic/insert-clinic.ts';
import { expectInvariants } from '../../support/database/invariants.ts';
import { replaceClock } from '../../support/database/test-clock.ts';
import { createDatabase, rollBackAfter, type TestDatabase } from '../../support/database/test-database.ts';

// More than two batches.
const HOLD_COUNT = 450;

let database: TestDatabase;
let owner: pg.Client;
let expireHoldsDb: Db;
let slotIds: string[];

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  expireHoldsDb = database.connectAs('expire_holds');
  const clock = await replaceClock(owner);
  const clinic = await insertClinic(owner, { doctors: HOLD_COUNT });
  slotIds = await insertSlots(owner, clinic, startTimeInDays(3));
  const subs = await insertPatients(owner, HOLD_COUNT);
  const clients = await openClients(database, 4);
  const results = await Promise.all(
    subs.map((sub, n) => bookForPatient(clients[n % 4] as Db, sub, { slotId: slotIds[n] ?? '', hold: true })),
  );
  expect(countOutcomes(results)).toEqual({ done: HOLD_COUNT });
  await clock.advance(120);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

it('expire_holds() can find all its rows by indexes', async () => {
  await rollBackAfter(owner, async (tx) => {
    await tx.query('set local enable_seqscan = off');
    await tx.query('select expire_holds(100, $1)', [randomUUID()]);
    const { rows } = await tx.query(
      `select relname from pg_stat_xact_user_tables
       where relname in ('appointments', 'appointment_slots', 'availability_slots') and seq_scan > 0`,
    );
    expect(rows).toEqual([]);
  });
});

it('the job skips a locked hold of the first batch and continues to the end', async () => {
  await rollBackAfter(owner, async (tx) => {
    await tx.query(
      `select from availability_slots where id = (
         select slot_id from appointment_slots join appointments on appointments.id = appointment_id order by expires_at limit 1)
       for no key update`,
    );
    expect(await expireHolds(expireHoldsDb)).toEqual({ expired: HOLD_COUNT - 1 });
  });
  expect(await expireHolds(expireHoldsDb)).toEqual({ expired: 1 });
  expect(await expireHolds(expireHoldsDb)).toEqual({ expired: 0 });
  await expectInvariants(owner);
});
