import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFreeSlots, listFreeTimes } from '../../../lambdas/availability/availability.sql.ts';
import { listNextTimes } from '../../../lambdas/availability/next-times.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { checkFreeSlots, checkFreeTimes } from '../../support/availability/free-times-model.ts';
import { insertClinic, insertSlots, startTimeInDays, type TestClinic } from '../../support/clinic/insert-clinic.ts';
import { setClock } from '../../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const BASE = Date.parse('2026-06-10T09:00:00Z');

let database: TestDatabase;
let owner: pg.Client;
let availability: Db;
let patients: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  availability = database.connectAs('availability_api');
  patients = await database.connect('patient_api');
});

afterAll(async () => {
  await patients.end();
  await owner.end();
  await database.drop();
});

describe('the free times', () => {
  it('equal those of a simple model, and exactly these can be booked', async () => {
    await checkFreeTimes({ owner, availability, patients }, 40);
  });

  it('include a start exactly at the limit of the horizon or the notice, and none beyond', async () => {
    const { clinicId, ...clinic } = await insertClinic(owner, { noticeMinutes: 30, horizonDays: 1 });
    await insertSlots(owner, { clinicId, ...clinic }, new Date(BASE));
    const count = async () =>
      (await listFreeTimes(availability, { clinicId, from: new Date(BASE - DAY), to: new Date(BASE + DAY) }, 1)).times
        .length;
    for (const [now, expected] of [
      [BASE - 30 * MINUTE, 1],
      [BASE - 30 * MINUTE + 1, 0],
      [BASE - DAY, 1],
      [BASE - DAY - 1, 0],
    ] as const) {
      await setClock(owner, now);
      expect(await count()).toBe(expected);
    }
  });

  it('report that a clinic or doctor does not exist', async () => {
    const span = { from: new Date(BASE), to: new Date(BASE + DAY) };
    const { clinicId } = await insertClinic(owner);
    const { doctorIds } = await insertClinic(owner);
    expect(await listFreeTimes(availability, { ...span, clinicId: randomUUID() }, 1)).toMatchObject({
      clinicExists: false,
      times: [],
    });
    for (const doctorId of [randomUUID(), doctorIds[0]]) {
      expect(await listFreeTimes(availability, { ...span, clinicId, doctorId }, 1)).toMatchObject({
        clinicExists: true,
        doctorExists: false,
        times: [],
      });
    }
  });
});

describe('the free slots', () => {
  it('equal those of a simple model, on all pages together', async () => {
    await checkFreeSlots({ owner, availability, patients }, 40);
  });
});

describe('the next times for several slots', () => {
  it('include the end of the search if a complete search would take too long', async () => {
    const largeDatabase = await createDatabase();
    const db = await largeDatabase.connect();
    const { clinicId, doctorIds } = await insertClinic(db, { doctors: 40 });
    // One slot of half an hour each hour, for a month, so no doctor has two consecutive slots.
    await db.query(
      `insert into availability_slots (clinic_id, doctor_id, start_time, end_time)
       select $1, doctor, hour, hour + interval '30 minutes'
       from unnest($2::uuid[]) doctor, generate_series($3::timestamptz, $3::timestamptz + interval '33 days', interval '1 hour') hour`,
      [clinicId, doctorIds, startTimeInDays(1)],
    );
    const listNext = (slots: number) =>
      listNextTimes(largeDatabase.connectAs('availability_api'), { clinicId }, slots, 3);
    expect(await listNext(1)).toMatchObject({ times: [{}, {}, {}], searchedUntil: null });
    expect(await listNext(2)).toMatchObject({ times: [], searchedUntil: null });
    const longTimes = await listNext(8);
    expect(longTimes.times).toEqual([]);
    expect(Date.parse(longTimes.searchedUntil ?? '')).toBeGreaterThan(startTimeInDays(28).getTime());
    await db.end();
    await largeDatabase.drop();
  });
});

describe('with twenty thousand slots', () => {
  // In a separate database, because the rows of the tests above would change the query plans.
  let largeDatabase: TestDatabase;
  let clinics: TestClinic[];

  beforeAll(async () => {
    largeDatabase = await createDatabase();
    const db = await largeDatabase.connect();
    clinics = [];
    for (let index = 0; index < 4; index += 1) {
      const clinic = await insertClinic(db, { doctors: 20 });
      for (let day = 1; day <= 20; day += 1) await insertSlots(db, clinic, startTimeInDays(day), 16);
      clinics.push(clinic);
    }
    await db.query('vacuum analyze');
    await db.end();
  });

  afterAll(() => largeDatabase.drop());

  /** Returns the plan of a function's query instead of its rows. */
  async function explainPlan(query: (db: Db) => Promise<unknown>): Promise<string> {
    const client = await largeDatabase.connect('availability_api');
    let plan = '';
    const explainingDb: Db = {
      query: async <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => {
        const result = await client.query<Row>(`explain ${text}`, values?.slice());
        plan = result.rows.map((row) => row['QUERY PLAN']).join('\n');
        return { ...result, rows: [] };
      },
    };
    await query(explainingDb).finally(() => client.end());
    return plan;
  }

  const clinicId = () => clinics[3]?.clinicId;
  const week = { from: startTimeInDays(2), to: startTimeInDays(9) };

  it.each<readonly [string, (db: Db) => Promise<unknown>]>([
    ['times of a clinic', (db) => listFreeTimes(db, { ...week, clinicId: clinicId() }, 1)],
    ['times of several slots of a clinic', (db) => listFreeTimes(db, { ...week, clinicId: clinicId() }, 4)],
    [
      'times of a specialization',
      (db) => listFreeTimes(db, { ...week, clinicId: clinicId(), specialization: 'cardiology' }, 1),
    ],
    [
      'times of a doctor',
      (db) => listFreeTimes(db, { ...week, clinicId: clinicId(), doctorId: clinics[3]?.doctorIds[2] }, 1),
    ],
    ['slots of a clinic', (db) => listFreeSlots(db, { ...week, clinicId: clinicId() }, undefined, 50)],
    ['slots of a doctor', (db) => listFreeSlots(db, { ...week, doctorId: clinics[3]?.doctorIds[2] }, undefined, 50)],
  ])('the query for %s uses the database index of offered slots', async (_description, query) => {
    const plan = await explainPlan(query);
    expect(plan).toContain('availability_slots_offered');
    expect(plan).not.toContain('Seq Scan on availability_slots');
  });

  it.each([
    ['all clinics', 1, () => ({})],
    ['a specialization', 3, () => ({ specialization: 'cardiology' })],
    ['a clinic', 1, () => ({ clinicId: clinicId() })],
    ['a doctor', 4, () => ({ doctorId: clinics[3]?.doctorIds[2] })],
  ] as const)(
    'the query for the next times of %s uses the database index by doctor',
    async (_description, slots, query) => {
      const plan = await explainPlan((db) => listNextTimes(db, query(), slots, 10));
      expect(plan).toContain('availability_slots_by_doctor');
      expect(plan).not.toContain('Seq Scan on availability_slots');
    },
  );
});
