import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBookAppointment } from '../../lambdas/appointments/appointments.sql.ts';
import { type FreeTimesQuery, listFreeSlots, listFreeTimes } from '../../lambdas/availability/availability.sql.ts';
import { listNextTimes } from '../../lambdas/availability/next-times.sql.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { insertClinic, insertPatients, insertSlots, startInDays, type TestClinic } from '../support/clinic.ts';
import { createDatabase, type TestDatabase, undone } from '../support/postgres.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SLOT = 30 * MINUTE;
const BASE = Date.parse('2026-06-10T09:00:00Z');

let database: TestDatabase;
let owner: pg.Client;
let availability: Db;
let patients: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  availability = database.as('availability_api');
  patients = await database.connect('patient_api');
});

afterAll(async () => {
  await patients.end();
  await owner.end();
  await database.drop();
});

/** What a seat at a place of the grid can be: nothing at all, or a slot in a status with what it will be released to. */
const STATES = {
  free: ['free', 'free'],
  booked: ['booked', 'free'],
  leaving: ['booked', 'withdrawn'],
  away: ['held', 'holiday'],
  held: ['held', 'free'],
  blocked: ['blocked', 'blocked'],
  holiday: ['holiday', 'holiday'],
  withdrawn: ['withdrawn', 'withdrawn'],
} as const;
type State = keyof typeof STATES | 'nothing';

interface GridDoctor {
  readonly id: string;
  readonly active: boolean;
  readonly specialization: string;
  /** How far this doctor's slots are from the others' grid. */
  readonly shiftMinutes: number;
  /** By place in the grid, then by seat. */
  readonly places: readonly (readonly State[])[];
}

interface Scenario {
  readonly doctors: readonly GridDoctor[];
  readonly noticeMinutes: number;
  /** Instants in milliseconds since the epoch. */
  readonly now: number;
  readonly from: number;
  readonly length: number;
  readonly slots: number;
  readonly filter: 'none' | 'doctor' | 'specialization';
}

const state = fc.oneof(
  { weight: 6, arbitrary: fc.constant<State>('free') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<State>(
      'nothing',
      'booked',
      'leaving',
      'away',
      'held',
      'blocked',
      'holiday',
      'withdrawn',
    ),
  },
);

const quarters = (min: number, max: number) => fc.integer({ min, max }).map((quarter) => quarter * 15 * MINUTE);

const drawn = fc.record({
  doctors: fc.array(
    fc.record({
      active: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      specialization: fc.constantFrom('Cardiology', 'cardiology', 'Dermatology'),
      shiftMinutes: fc.constantFrom(0, 0, 15),
      places: fc.array(fc.array(state, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 8 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  noticeMinutes: fc.constantFrom(0, 30, 45),
  // Around the first slots, and around the day before: the edges of the past, of the notice and of a horizon of one day.
  now: fc
    .oneof(
      quarters(-8, 12),
      quarters(-8, 12).map((offset) => offset - DAY),
      fc.constant(-6 * 60 * MINUTE),
    )
    .map((offset) => BASE + offset),
  from: quarters(-40, 12).map((offset) => BASE + offset),
  length: quarters(0, 40),
  slots: fc.integer({ min: 1, max: 4 }),
  filter: fc.constantFrom<Scenario['filter']>('none', 'doctor', 'specialization'),
});

type Drawn = typeof drawn extends fc.Arbitrary<infer Value> ? Value : never;

/** Every run has doctors of its own in the one database. */
const scenarioOf = (given: Drawn): Scenario => ({
  ...given,
  doctors: given.doctors.map((doctor) => ({ ...doctor, id: randomUUID() })),
});

async function insertScenario({ doctors, noticeMinutes, now }: Scenario): Promise<string> {
  await setClock(now);
  const { clinicId } = await insertClinic(owner, { doctors: 0, noticeMinutes, horizonDays: 1 });
  await owner.query(
    `insert into doctors (id, clinic_id, name, email, specialization, active)
     select id, $1, 'Doctor', id || '@example.com', specialization, active
     from jsonb_to_recordset($2) as d (id uuid, specialization text, active boolean)`,
    [clinicId, JSON.stringify(doctors)],
  );
  const slots = doctors.flatMap((doctor) =>
    doctor.places.flatMap((seats, place) =>
      seats.flatMap((name, index) => {
        if (name === 'nothing') return [];
        const [status, release_to] = STATES[name];
        const start = startOf(doctor, place);
        const held_until = status === 'held' ? new Date(now + MINUTE) : null;
        return {
          doctor_id: doctor.id,
          start: new Date(start),
          end: new Date(start + SLOT),
          seat: index + 1,
          status,
          release_to,
          held_until,
        };
      }),
    ),
  );
  await owner.query(
    `insert into availability_slots (clinic_id, doctor_id, start_time, end_time, seat, status, release_to, held_until)
     select $1, doctor_id, start, "end", seat, status, release_to, held_until
     from jsonb_to_recordset($2) as s (
       doctor_id uuid, start timestamptz, "end" timestamptz, seat smallint, status text, release_to text, held_until timestamptz)`,
    [clinicId, JSON.stringify(slots)],
  );
  return clinicId;
}

const setClock = (now: number) =>
  owner.query(
    `create or replace function clock() returns timestamptz language sql stable
     as $$ select '${new Date(now).toISOString()}'::timestamptz $$`,
  );

const startOf = ({ shiftMinutes }: GridDoctor, place: number) => BASE + place * SLOT + shiftMinutes * MINUTE;
const utc = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z');

// The naive model: every doctor, every place, every rule in a sentence of its own.
const asked = ({ doctors, filter }: Scenario, doctor: GridDoctor) =>
  doctor.active &&
  (filter !== 'doctor' || doctor === doctors[0]) &&
  (filter !== 'specialization' || doctor.specialization.toLowerCase() === 'cardiology');

function bookable({ now, noticeMinutes }: Scenario, start: number): boolean {
  if (start < now) return false;
  if (start < now + noticeMinutes * MINUTE) return false;
  return start <= now + DAY;
}

const hasChain = (doctor: GridDoctor, place: number, count: number) =>
  Array.from({ length: count }, (_, index) => doctor.places[place + index]?.includes('free') ?? false).every(Boolean);

/** The doctors who can be booked at each start. */
function model(given: Scenario, count: number): Map<number, number> {
  const starts = new Map<number, number>();
  for (const doctor of given.doctors.filter((each) => asked(given, each))) {
    for (const place of doctor.places.keys()) {
      const start = startOf(doctor, place);
      if (bookable(given, start) && hasChain(doctor, place, count)) starts.set(start, (starts.get(start) ?? 0) + 1);
    }
  }
  return starts;
}

const queryOf = ({ doctors, filter, from, length }: Scenario, clinicId: string): FreeTimesQuery => ({
  clinicId,
  doctorId: filter === 'doctor' ? doctors[0]?.id : undefined,
  specialization: filter === 'specialization' ? 'CARDIOLOGY' : undefined,
  from: new Date(from),
  to: new Date(from + length),
});

const within = ({ from, length }: Scenario, start: number) => start >= from && start < from + length;

/** What a booking would answer at this instant; nothing stays of it. */
async function outcomeOfBooking(sub: string, query: FreeTimesQuery, start: number, slots: number): Promise<string> {
  const command = { sub, groups: ['patient'], requestId: randomUUID(), idempotencyKey: undefined, requestHash: 'hash' };
  const wish = { ...query, startTime: new Date(start), slots, type: 'in_person', hold: false } as const;
  const { answer } = await undone(patients, (tx) => callBookAppointment(tx, command, randomUUID(), wish));
  return answer.outcome;
}

describe('the free times', () => {
  it('are those of a naive model, and exactly these can be booked', async () => {
    const [sub = ''] = await insertPatients(owner, 1);
    await fc.assert(
      fc.asyncProperty(drawn.map(scenarioOf), async (given) => {
        const clinicId = await insertScenario(given);
        const query = queryOf(given, clinicId);
        const expected = model(given, given.slots);

        const { times, ...known } = await listFreeTimes(availability, query, given.slots);
        expect(times).toEqual(
          [...expected]
            .filter(([start]) => within(given, start))
            .toSorted(([one], [other]) => one - other)
            .map(([start, availableDoctors]) => ({ startTime: utc(start), availableDoctors })),
        );
        expect(known).toEqual({
          clinicKnown: true,
          doctorKnown: given.filter !== 'doctor' || given.doctors[0]?.active,
        });

        const starts = given.doctors.flatMap((doctor) => doctor.places.map((_, place) => startOf(doctor, place)));
        for (const start of new Set(starts)) {
          const outcome = await outcomeOfBooking(sub, query, start, given.slots);
          expect([utc(start), outcome === 'done' ? 'done' : 'refused']).toEqual([
            utc(start),
            expected.has(start) ? 'done' : 'refused',
          ]);
        }
      }),
      { numRuns: 200, seed: 20260611 },
    );
  });

  it('include a start at the very end of the horizon and of the notice, and none beyond', async () => {
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
      await setClock(now);
      expect(await count()).toBe(expected);
    }
  });

  it('of what does not exist are told so', async () => {
    const span = { from: new Date(BASE), to: new Date(BASE + DAY) };
    const { clinicId } = await insertClinic(owner);
    const { doctorIds } = await insertClinic(owner);
    expect(await listFreeTimes(availability, { ...span, clinicId: randomUUID() }, 1)).toMatchObject({
      clinicKnown: false,
      times: [],
    });
    for (const doctorId of [randomUUID(), doctorIds[0]]) {
      expect(await listFreeTimes(availability, { ...span, clinicId, doctorId }, 1)).toMatchObject({
        clinicKnown: true,
        doctorKnown: false,
        times: [],
      });
    }
  });
});

describe('the free slots', () => {
  it('are those of a naive model, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(drawn.map(scenarioOf), fc.integer({ min: 1, max: 5 }), async (given, limit) => {
        const query = queryOf(given, await insertScenario(given));
        const expected = given.doctors
          .filter((doctor) => asked(given, doctor))
          .flatMap((doctor) =>
            doctor.places.flatMap((seats, place) => {
              const start = startOf(doctor, place);
              if (!bookable(given, start) || !within(given, start)) return [];
              const slot = { doctorId: doctor.id, startTime: utc(start), endTime: utc(start + SLOT) };
              return seats.filter((name) => name === 'free').map(() => JSON.stringify(slot));
            }),
          );
        const found = await everyPage(query, limit);
        expect(found.map(({ id: _, ...slot }) => JSON.stringify(slot)).toSorted()).toEqual(expected.toSorted());
        const order = found.map(({ id, startTime }) => `${startTime} ${id}`);
        expect(order).toEqual(order.toSorted());
        expect(new Set(order).size).toBe(order.length);
      }),
      { numRuns: 100, seed: 20260612 },
    );
  });

  async function everyPage(query: FreeTimesQuery, limit: number) {
    const found = [];
    for (let after: { key: string; id: string } | undefined; ; ) {
      const { slots } = await listFreeSlots(availability, query, after, limit);
      found.push(...slots);
      const last = slots.at(-1);
      if (!last || slots.length < limit) return found;
      after = { key: last.startTime, id: last.id };
    }
  }
});

describe('the soonest times for several slots', () => {
  it('say how far they were searched for, where a search to the end would cost too much', async () => {
    const large = await createDatabase();
    const db = await large.connect();
    const { clinicId, doctorIds } = await insertClinic(db, { doctors: 40 });
    // Half an hour each hour, for a month: nobody has two in a row.
    await db.query(
      `insert into availability_slots (clinic_id, doctor_id, start_time, end_time)
       select $1, doctor, hour, hour + interval '30 minutes'
       from unnest($2::uuid[]) doctor, generate_series($3::timestamptz, $3::timestamptz + interval '33 days', interval '1 hour') hour`,
      [clinicId, doctorIds, startInDays(1)],
    );
    const soonest = (slots: number) => listNextTimes(large.as('availability_api'), { clinicId }, slots, 3);
    expect(await soonest(1)).toMatchObject({ times: [{}, {}, {}], searchedUntil: null });
    expect(await soonest(2)).toMatchObject({ times: [], searchedUntil: null });
    const long = await soonest(8);
    expect(long.times).toEqual([]);
    expect(Date.parse(long.searchedUntil ?? '')).toBeGreaterThan(startInDays(28).getTime());
    await db.end();
    await large.drop();
  });
});

describe('among twenty thousand slots', () => {
  // A database of its own: what the properties above leave behind would mislead the planner.
  let large: TestDatabase;
  let clinics: TestClinic[];

  beforeAll(async () => {
    large = await createDatabase();
    const db = await large.connect();
    clinics = [];
    for (let index = 0; index < 4; index += 1) {
      const clinic = await insertClinic(db, { doctors: 20 });
      for (let day = 1; day <= 20; day += 1) await insertSlots(db, clinic, startInDays(day), 16);
      clinics.push(clinic);
    }
    await db.query('vacuum analyze');
    await db.end();
  });

  afterAll(() => large.drop());

  /** Asks as the function would, and keeps the plan instead of the answer. */
  async function planOf(ask: (db: Db) => Promise<unknown>): Promise<string> {
    const client = await large.connect('availability_api');
    let plan = '';
    const explaining: Db = {
      query: async <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => {
        const result = await client.query<Row>(`explain ${text}`, values?.slice());
        plan = result.rows.map((row) => row['QUERY PLAN']).join('\n');
        return { ...result, rows: [] };
      },
    };
    await ask(explaining).finally(() => client.end());
    return plan;
  }

  const clinicId = () => clinics[3]?.clinicId;
  const week = { from: startInDays(2), to: startInDays(9) };

  it.each<readonly [string, (db: Db) => Promise<unknown>]>([
    ['times of a clinic', (db) => listFreeTimes(db, { ...week, clinicId: clinicId() }, 1)],
    ['longer times of a clinic', (db) => listFreeTimes(db, { ...week, clinicId: clinicId() }, 4)],
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
  ])('the index of what is offered answers for the %s', async (_what, ask) => {
    const plan = await planOf(ask);
    expect(plan).toContain('availability_slots_offered');
    expect(plan).not.toContain('Seq Scan on availability_slots');
  });

  it.each([
    ['everybody', 1, () => ({})],
    ['a specialization', 3, () => ({ specialization: 'cardiology' })],
    ['a clinic', 1, () => ({ clinicId: clinicId() })],
    ['a doctor', 4, () => ({ doctorId: clinics[3]?.doctorIds[2] })],
  ] as const)(
    'the index of what each doctor offers answers for the soonest times of %s',
    async (_what, slots, query) => {
      const plan = await planOf((db) => listNextTimes(db, query(), slots, 10));
      expect(plan).toContain('availability_slots_by_doctor');
      expect(plan).not.toContain('Seq Scan on availability_slots');
    },
  );
});
