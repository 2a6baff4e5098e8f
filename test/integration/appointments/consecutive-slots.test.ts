import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insertClinic, insertPatients, startTimeInDays } from '../../support/clinic/insert-clinic.ts';
import { createTestActor, type TestActor } from '../../support/clinic/test-actor.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

let database: TestDatabase;
let owner: pg.Client;
let patient: TestActor;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  const [sub = ''] = await insertPatients(owner, 1);
  patient = createTestActor(database.connectAs('patient_api'), sub);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

it('consecutive slots are found although a seat before them has slots of another length', async () => {
  const { clinicId, doctorIds } = await insertClinic(owner);
  const startTime = startTimeInDays(3);
  const slots = [
    // Seat 1 ends at 09:20, where no other slot starts.
    { seat: 1, from: 0, to: 20 },
    { seat: 2, from: 0, to: 30 },
    { seat: 2, from: 30, to: 60 },
    { seat: 3, from: 60, to: 90 },
  ];
  await owner.query(
    `insert into availability_slots (clinic_id, doctor_id, start_time, end_time, seat)
     select $1, $2, $3::timestamptz + "from" * interval '1 minute', $3::timestamptz + "to" * interval '1 minute', seat
     from jsonb_to_recordset($4) as slot (seat smallint, "from" integer, "to" integer)`,
    [clinicId, doctorIds[0], startTime, JSON.stringify(slots)],
  );
  const appointment = await patient.bookOrThrow({ clinicId, startTime, slots: 3 });
  expect(Date.parse(appointment.endTime) - startTime.getTime()).toBe(90 * 60_000);
});
