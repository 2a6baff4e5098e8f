import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { expect } from 'vitest';
import { listFreeTimes } from '../../../lambdas/availability/availability.sql.ts';
import type { FreeSlotIndex } from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { createIndexedFreeTimes } from '../../../lambdas/availability/indexed-free-times.ts';
import { listNextTimes, type NextTime, type NextTimesQuery } from '../../../lambdas/availability/next-times.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { insertClinic, type TestClinic } from '../clinic/insert-clinic.ts';
import { setClock } from '../database/test-clock.ts';
import { readSlotsOfDay, syncIndex } from '../free-slot-index/sync-index.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Slots begin late in the day, because then consecutive slots extend into the next day. */
const BASE = Date.parse('2026-06-10T21:00:00Z');

interface IndexedTimesEnvironment {
  readonly owner: pg.Client;
  /** A connection of the role availability_api. */
  readonly db: Db;
  readonly index: FreeSlotIndex;
}

/** Checks in random clinics that the free times from the index equal those of the database. */
export async function checkIndexedTimes({ owner, db, index }: IndexedTimesEnvironment, numRuns: number): Promise<void> {
  let servedFromIndex = 0;
  const places = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      arbitraryClinic,
      now,
      fc.array(arbitraryQuery, { minLength: 4, maxLength: 4 }),
      places,
      async (drawn, at, queries, changedPlaces) => {
        await setClock(owner, at);
        const inserted = await insertDrawnClinic(owner, drawn, at);
        await syncIndex(index, owner, inserted.clinicId, new Date(BASE - 6 * DAY), new Date(BASE + 6 * DAY));
        const indexed = createIndexedFreeTimes({ db, index, clock: () => 0 });
        for (const drawnQuery of [...queries, ...queries]) {
          const query = createQuery(inserted, drawnQuery);
          const found = await indexed.list(query, drawnQuery.count);
          const { times } = await listFreeTimes(db, query, drawnQuery.count);
          if (found) expect(found).toEqual(times);
          // The index returns nothing for times that it does not cover and for times that can never be booked.
          else expect(times).toEqual([]);
          const next = await indexed.listNext(query, drawnQuery.count, drawnQuery.limit);
          const fromDatabase = await listNextTimes(db, query, drawnQuery.count, drawnQuery.limit);
          if (fromDatabase.doctorExists) {
            expect(next?.map((time) => ({ clinicId: query.clinicId, ...time }))).toEqual(fromDatabase.times);
          }
          if (found && times.length > 0) servedFromIndex += 1;
          if (drawnQuery === queries.at(-1)) await toggleSlots({ owner, index }, inserted.clinicId, changedPlaces);
        }
      },
    ),
    { numRuns, seed: 20260611 },
  );
  expect(servedFromIndex).toBeGreaterThan(1.5 * numRuns);
}

/** Checks in random sets of clinics that the next times are the first free times of all clinics. */
export async function checkNextTimes(
  { owner, db }: Pick<IndexedTimesEnvironment, 'owner' | 'db'>,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arbitraryClinic, { minLength: 1, maxLength: 4 }),
      now,
      arbitraryQuery,
      async (clinics, at, drawnQuery) => {
        await setClock(owner, at);
        // Otherwise the result would include the clinics of earlier runs.
        await owner.query('update doctors set active = false where active');
        const inserted: TestClinic[] = [];
        for (const drawn of clinics) inserted.push(await insertDrawnClinic(owner, drawn, at));
        const query: NextTimesQuery = { ...createQuery(inserted[0] ?? Object(), drawnQuery), clinicId: undefined };
        const span = { from: new Date(at - DAY), to: new Date(at + 4 * DAY) };
        const allTimes: NextTime[] = [];
        for (const { clinicId } of inserted) {
          const { times } = await listFreeTimes(db, { ...query, ...span, clinicId }, drawnQuery.count);
          allTimes.push(...times.map((time) => ({ clinicId, ...time })));
        }
        const soonestTimes = allTimes.toSorted((one, other) =>
          one.startTime === other.startTime
            ? one.clinicId.localeCompare(other.clinicId)
            : one.startTime.localeCompare(other.startTime),
        );
        const { times } = await listNextTimes(db, query, drawnQuery.count, drawnQuery.limit);
        expect(times).toEqual(soonestTimes.slice(0, drawnQuery.limit));
      },
    ),
    { numRuns, seed: 20260612 },
  );
}

/** The consecutive slots of a doctor's seat, each with its status, its length and the pause before it. */
const arbitrarySeat = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 0, 0, 0, 30, 120),
    minutes: fc.constantFrom(30, 30, 30, 60, 240),
    status: fc.constantFrom('free', 'free', 'free', 'free', 'booked', 'held', 'blocked', 'holiday', 'withdrawn'),
  }),
  { minLength: 1, maxLength: 12 },
);
const arbitraryClinic = fc.record({
  noticeMinutes: fc.constantFrom(0, 0, 30, 45, 600),
  horizonDays: fc.constantFrom(1, 3),
  doctors: fc.array(
    fc.record({
      active: fc.constantFrom(true, true, true, false),
      specialization: fc.constantFrom('Cardiology', 'CARDIOLOGY', 'Dermatology', 'ΟΔΟΣ', 'οδοσ'),
      seats: fc.array(arbitrarySeat, { minLength: 1, maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});
const quarterHours = (min: number, max: number) => fc.integer({ min, max }).map((quarter) => quarter * 15 * MINUTE);
const arbitraryQuery = fc.record({
  from: quarterHours(-40, 30).map((offset) => BASE + offset),
  length: quarterHours(1, 120),
  count: fc.constantFrom(1, 1, 1, 2, 2, 3, 5),
  limit: fc.integer({ min: 1, max: 6 }),
  filter: fc.constantFrom('none', 'none', 'doctor', 'cardiology', 'οδοσ'),
});
// Shortly before the slots, during them, or so early that a horizon of one day excludes some.
const now = fc.oneof(quarterHours(-8, 24), quarterHours(-100, -80)).map((offset) => BASE + offset);

type Value<T> = T extends fc.Arbitrary<infer Of> ? Of : never;

async function insertDrawnClinic(
  owner: pg.Client,
  { noticeMinutes, horizonDays, doctors }: Value<typeof arbitraryClinic>,
  at: number,
): Promise<TestClinic> {
  const { clinicId } = await insertClinic(owner, { doctors: 0, noticeMinutes, horizonDays });
  const rows = doctors.map((doctor) => ({ ...doctor, id: randomUUID() }));
  const slots = rows.flatMap(({ id, seats }) =>
    seats.flatMap((inOrder, place) => {
      let end = BASE;
      return inOrder.map(({ pause, minutes, status }) => {
        const start = end + pause * MINUTE;
        end = start + minutes * MINUTE;
        const held_until = status === 'held' ? new Date(at + MINUTE) : null;
        const status_when_released = ['booked', 'held'].includes(status) ? 'free' : status;
        return {
          id,
          start: new Date(start),
          end: new Date(end),
          seat: place + 1,
          status,
          status_when_released,
          held_until,
        };
      });
    }),
  );
  await owner.query(
    `insert into doctors (id, clinic_id, name, email, specialization, active)
     select id, $1, 'Doctor', id || '@example.com', specialization, active
     from jsonb_to_recordset($2) as d (id uuid, specialization text, active boolean)`,
    [clinicId, JSON.stringify(rows)],
  );
  await owner.query(
    `insert into availability_slots (clinic_id, doctor_id, start_time, end_time, seat, status, status_when_released, held_until)
     select $1, id, start, "end", seat, status, status_when_released, held_until
     from jsonb_to_recordset($2) as s (
       id uuid, start timestamptz, "end" timestamptz, seat smallint, status text, status_when_released text, held_until timestamptz)`,
    [clinicId, JSON.stringify(slots)],
  );
  return { clinicId, doctorIds: rows.map(({ id }) => id) };
}

function createQuery({ clinicId, doctorIds }: TestClinic, { from, length, filter }: Value<typeof arbitraryQuery>) {
  return {
    clinicId,
    from: new Date(from),
    to: new Date(from + length),
    doctorId: filter === 'doctor' ? doctorIds[0] : undefined,
    specialization: filter === 'none' || filter === 'doctor' ? undefined : filter,
  };
}

/** Frees or books some slots, and updates the index as the outbox would. */
async function toggleSlots(
  { owner, index }: Pick<IndexedTimesEnvironment, 'owner' | 'index'>,
  clinicId: string,
  places: readonly number[],
): Promise<void> {
  await owner.query(
    `with numbered as (select id, row_number() over (order by start_time, id) as place from availability_slots where clinic_id = $1)
     update availability_slots s
     set status = case s.status when 'free' then 'booked' else 'free' end, status_when_released = 'free', held_until = null, version = version + 1
     from numbered where numbered.id = s.id and numbered.place = any ($2::int[]) and s.status in ('free', 'booked', 'held')`,
    [clinicId, places],
  );
  for (const day of ['2026-06-10', '2026-06-11', '2026-06-12', '2026-06-13']) {
    await index.apply(clinicId, await readSlotsOfDay(owner, clinicId, day));
  }
}
