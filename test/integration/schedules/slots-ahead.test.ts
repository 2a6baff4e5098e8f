import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countSlotsAhead } from '../../../lambdas/schedules/schedules.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { insertClinic, insertSlots, startTimeInDays } from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

let database: TestDatabase;
let owner: pg.Client;
let job: Db;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  job = database.connectAs('generate_slots');
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

it('returns zeros if there are no slots', async () => {
  expect(await countSlotsAhead(job, 7)).toEqual({ free: 0, taken: 0 });
});

it('counts the free and taken slots of all clinics within the days, but not those of inactive doctors', async () => {
  const here = await insertClinic(owner, { doctors: 2 });
  const elsewhere = await insertClinic(owner);
  const clinicOfInactiveDoctor = await insertClinic(owner);
  const [booked, held, blocked, withdrawn] = await insertSlots(owner, here, startTimeInDays(2), 5);
  await insertSlots(owner, elsewhere, startTimeInDays(3));
  await insertSlots(owner, here, startTimeInDays(-1));
  await insertSlots(owner, here, startTimeInDays(9));
  await insertSlots(owner, clinicOfInactiveDoctor, startTimeInDays(2));

  const setSlotStatus = (id: string | undefined, status: string, statusWhenReleased = 'free') =>
    owner.query(
      `update availability_slots set status = $2, status_when_released = $3, version = version + 1,
         held_until = case $2 when 'held' then clock() + interval '2 minutes' end where id = $1`,
      [id, status, statusWhenReleased],
    );
  await setSlotStatus(booked, 'booked');
  await setSlotStatus(held, 'held');
  await setSlotStatus(blocked, 'blocked', 'blocked');
  await setSlotStatus(withdrawn, 'withdrawn', 'withdrawn');
  await owner.query('update doctors set active = false where id = $1', [clinicOfInactiveDoctor.doctorIds[0]]);

  expect(await countSlotsAhead(job, 7)).toEqual({ free: 7, taken: 2 });
});
