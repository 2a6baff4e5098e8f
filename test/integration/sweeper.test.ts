import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expireHolds } from '../../lambdas/appointments/expire-holds.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { book, openClients, tally } from '../support/clients.ts';
import { insertClinic, insertPatients, insertSlots, startInDays } from '../support/clinic.ts';
import { takeClock } from '../support/clock.ts';
import { expectSound } from '../support/invariants.ts';
import { createDatabase, type TestDatabase, undone } from '../support/postgres.ts';

// More than two batches.
const HOLDS = 450;

let database: TestDatabase;
let owner: pg.Client;
let sweeper: Db;
let slotIds: string[];

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  sweeper = database.as('expire_holds');
  const clock = await takeClock(owner);
  const clinic = await insertClinic(owner, { doctors: HOLDS });
  slotIds = await insertSlots(owner, clinic, startInDays(3));
  const subs = await insertPatients(owner, HOLDS);
  const clients = await openClients(database, 4);
  const answers = await Promise.all(
    subs.map((sub, n) => book(clients[n % 4] as Db, sub, { slotId: slotIds[n] ?? '', hold: true })),
  );
  expect(tally(answers)).toEqual({ done: HOLDS });
  await clock.advance(120);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

it('finds the claims of a hold by index, however many there are', async () => {
  await undone(owner, async (tx) => {
    await tx.query('set local enable_seqscan = off');
    await tx.query('select expire_holds(100, $1)', [randomUUID()]);
    const { rows } = await tx.query(
      `select relname from pg_stat_xact_user_tables
       where relname in ('appointments', 'appointment_slots', 'availability_slots') and seq_scan > 0`,
    );
    expect(rows).toEqual([]);
  });
});

it('goes on to the end when a booking has locked a hold of the first batch', async () => {
  await undone(owner, async (tx) => {
    await tx.query(
      `select from availability_slots where id = (
         select slot_id from appointment_slots join appointments on appointments.id = appointment_id order by expires_at limit 1)
       for no key update`,
    );
    expect(await expireHolds(sweeper)).toEqual({ expired: HOLDS - 1 });
  });
  expect(await expireHolds(sweeper)).toEqual({ expired: 1 });
  expect(await expireHolds(sweeper)).toEqual({ expired: 0 });
  await expectSound(owner);
});
