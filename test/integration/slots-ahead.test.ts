import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countSlotsAhead } from '../../lambdas/schedules/schedules.sql.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { insertClinic, insertSlots, startInDays } from '../support/clinic.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let owner: pg.Client;
let job: Db;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  job = database.as('generate_slots');
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

it('counts nothing where there is nothing', async () => {
  expect(await countSlotsAhead(job, 7)).toEqual({ free: 0, taken: 0 });
});

it('counts what is free and what is taken within the days, of all clinics, and neither other states nor doctors who left', async () => {
  const here = await insertClinic(owner, { doctors: 2 });
  const elsewhere = await insertClinic(owner);
  const gone = await insertClinic(owner);
  const [booked, held, blocked, withdrawn] = await insertSlots(owner, here, startInDays(2), 5);
  await insertSlots(owner, elsewhere, startInDays(3));
  await insertSlots(owner, here, startInDays(-1));
  await insertSlots(owner, here, startInDays(9));
  await insertSlots(owner, gone, startInDays(2));

  const become = (id: string | undefined, status: string, releaseTo = 'free') =>
    owner.query(
      `update availability_slots set status = $2, release_to = $3, version = version + 1,
         held_until = case $2 when 'held' then clock() + interval '2 minutes' end where id = $1`,
      [id, status, releaseTo],
    );
  await become(booked, 'booked');
  await become(held, 'held');
  await become(blocked, 'blocked', 'blocked');
  await become(withdrawn, 'withdrawn', 'withdrawn');
  await owner.query('update doctors set active = false where id = $1', [gone.doctorIds[0]]);

  expect(await countSlotsAhead(job, 7)).toEqual({ free: 7, taken: 2 });
});
