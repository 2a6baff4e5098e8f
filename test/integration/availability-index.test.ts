import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type FreeTimesQuery, listFreeTimes } from '../../lambdas/availability/availability.sql.ts';
import { freeIndexOn } from '../../lambdas/availability/index/free-index.ts';
import { indexedTimes } from '../../lambdas/availability/indexed-times.ts';
import { listNextTimes, type NextTime, type NextTimesQuery } from '../../lambdas/availability/next-times.sql.ts';
import { connectCache } from '../../lambdas/shared/cache.ts';
import { httpHandler } from '../../lambdas/shared/http/handler.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { eventOf, FUNCTIONS, lambdaContext } from '../support/api.ts';
import { insertClinic, insertSlots, startInDays, type TestClinic } from '../support/clinic.ts';
import { slotsOfDay, sync } from '../support/free-index.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { startTestRedis } from '../support/redis.ts';
import { switchboard } from '../support/switchboard.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Slots begin late on a day, so that chains go beyond it. */
const BASE = Date.parse('2026-06-10T21:00:00Z');

const redis = await startTestRedis();
const cache = connectCache(redis?.address ?? Object(), { patienceMilliseconds: 5_000 });
const index = freeIndexOn(cache, { freshSeconds: 600 });
afterAll(() => redis?.stop());

let database: TestDatabase;
let owner: pg.Client;
let db: Db;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  db = database.as('availability_api');
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const setClock = (now: number) =>
  owner.query(
    `create or replace function clock() returns timestamptz language sql stable
     as $$ select '${new Date(now).toISOString()}'::timestamptz $$`,
  );

/** A seat of a doctor: what it is, one after the other, and how long each is and the pause before it. */
const seat = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 0, 0, 0, 30, 120),
    minutes: fc.constantFrom(30, 30, 30, 60, 240),
    status: fc.constantFrom('free', 'free', 'free', 'free', 'booked', 'held', 'blocked', 'holiday', 'withdrawn'),
  }),
  { minLength: 1, maxLength: 12 },
);
const clinic = fc.record({
  noticeMinutes: fc.constantFrom(0, 0, 30, 45, 600),
  horizonDays: fc.constantFrom(1, 3),
  doctors: fc.array(
    fc.record({
      active: fc.constantFrom(true, true, true, false),
      specialization: fc.constantFrom('Cardiology', 'CARDIOLOGY', 'Dermatology', 'ΟΔΟΣ', 'οδοσ'),
      seats: fc.array(seat, { minLength: 1, maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});
const quarters = (min: number, max: number) => fc.integer({ min, max }).map((quarter) => quarter * 15 * MINUTE);
const question = fc.record({
  from: quarters(-40, 30).map((offset) => BASE + offset),
  length: quarters(1, 120),
  count: fc.constantFrom(1, 1, 1, 2, 2, 3, 5),
  limit: fc.integer({ min: 1, max: 6 }),
  filter: fc.constantFrom('none', 'none', 'doctor', 'cardiology', 'οδοσ'),
});
// Before the slots, among them, and a horizon of one day before them.
const now = fc.oneof(quarters(-8, 24), quarters(-100, -80)).map((offset) => BASE + offset);

type Value<T> = T extends fc.Arbitrary<infer Of> ? Of : never;

async function insertDrawn(
  { noticeMinutes, horizonDays, doctors }: Value<typeof clinic>,
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
        const release_to = ['booked', 'held'].includes(status) ? 'free' : status;
        return { id, start: new Date(start), end: new Date(end), seat: place + 1, status, release_to, held_until };
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
    `insert into availability_slots (clinic_id, doctor_id, start_time, end_time, seat, status, release_to, held_until)
     select $1, id, start, "end", seat, status, release_to, held_until
     from jsonb_to_recordset($2) as s (
       id uuid, start timestamptz, "end" timestamptz, seat smallint, status text, release_to text, held_until timestamptz)`,
    [clinicId, JSON.stringify(slots)],
  );
  return { clinicId, doctorIds: rows.map(({ id }) => id) };
}

function queryOf({ clinicId, doctorIds }: TestClinic, { from, length, filter }: Value<typeof question>) {
  return {
    clinicId,
    from: new Date(from),
    to: new Date(from + length),
    doctorId: filter === 'doctor' ? doctorIds[0] : undefined,
    specialization: filter === 'none' || filter === 'doctor' ? undefined : filter,
  };
}

/** Frees and takes some slots, and tells the index as the outbox would. */
async function change(clinicId: string, places: readonly number[]): Promise<void> {
  await owner.query(
    `with numbered as (select id, row_number() over (order by start_time, id) as place from availability_slots where clinic_id = $1)
     update availability_slots s
     set status = case s.status when 'free' then 'booked' else 'free' end, release_to = 'free', held_until = null, version = version + 1
     from numbered where numbered.id = s.id and numbered.place = any ($2::int[]) and s.status in ('free', 'booked', 'held')`,
    [clinicId, places],
  );
  for (const day of ['2026-06-10', '2026-06-11', '2026-06-12', '2026-06-13']) {
    await index.apply(clinicId, await slotsOfDay(owner, clinicId, day));
  }
}

describe.skipIf(!redis)('the free times from the index', () => {
  afterAll(() => setClockBack());

  it('are those of the database', async () => {
    let answered = 0;
    const places = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(clinic, now, fc.array(question, { minLength: 4, maxLength: 4 }), places, async (...given) => {
        const [drawn, at, questions, changed] = given;
        await setClock(at);
        const inserted = await insertDrawn(drawn, at);
        await sync(index, owner, inserted.clinicId, new Date(BASE - 6 * DAY), new Date(BASE + 6 * DAY));
        const indexed = indexedTimes({ db, index, clock: () => 0 });
        for (const asked of [...questions, ...questions]) {
          const query = queryOf(inserted, asked);
          const found = await indexed.list(query, asked.count);
          const { times } = await listFreeTimes(db, query, asked.count);
          if (found) expect(found).toEqual(times);
          // The index leaves to the database what it does not know, and what can never be booked.
          else expect(times).toEqual([]);
          const next = await indexed.next(query, asked.count, asked.limit);
          const fromDatabase = await listNextTimes(db, query, asked.count, asked.limit);
          if (fromDatabase.doctorKnown) {
            expect(next?.map((time) => ({ clinicId: query.clinicId, ...time }))).toEqual(fromDatabase.times);
          }
          if (found && times.length > 0) answered += 1;
          if (asked === questions.at(-1)) await change(inserted.clinicId, changed);
        }
      }),
      { numRuns: 100, seed: 20260611 },
    );
    expect(answered).toBeGreaterThan(150);
  });

  it('take no more of the clock than that it goes on', async () => {
    const start = startInDays(3).getTime();
    await setClock(start - 10 * MINUTE);
    const { clinicId, ...rest } = await insertClinic(owner, { noticeMinutes: 5 });
    await insertSlots(owner, { clinicId, ...rest }, new Date(start));
    await sync(index, owner, clinicId, new Date(start), new Date(start + 1));
    let passed = 0;
    const indexed = indexedTimes({ db, index, clock: () => passed });
    const query = { clinicId, from: new Date(start - DAY), to: new Date(start + MINUTE) };
    await sync(index, owner, clinicId, query.from, query.to);
    expect(await indexed.list(query, 1)).toHaveLength(1);
    // The directory is not a minute old, so what it knows of the database's clock counts on.
    passed = 59_000;
    expect(await indexed.list(query, 1)).toHaveLength(1);
    await setClock(start - 5 * MINUTE + 1);
    passed = 61_000;
    expect(await indexed.list(query, 1)).toEqual([]);
  });
});

const setClockBack = () =>
  owner.query(
    'create or replace function clock() returns timestamptz language sql stable as $$ select clock_timestamp() $$',
  );

describe('the soonest times from the database', () => {
  afterAll(() => setClockBack());

  it('are the first of all the clinics’ free times', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(clinic, { minLength: 1, maxLength: 4 }), now, question, async (clinics, at, asked) => {
        await setClock(at);
        // Nothing is left of the clinics before, or they would be among the answers.
        await owner.query('update doctors set active = false where active');
        const inserted: TestClinic[] = [];
        for (const drawn of clinics) inserted.push(await insertDrawn(drawn, at));
        const query: NextTimesQuery = { ...queryOf(inserted[0] ?? Object(), asked), clinicId: undefined };
        const span = { from: new Date(at - DAY), to: new Date(at + 4 * DAY) };
        const all: NextTime[] = [];
        for (const { clinicId } of inserted) {
          const { times } = await listFreeTimes(db, { ...query, ...span, clinicId }, asked.count);
          all.push(...times.map((time) => ({ clinicId, ...time })));
        }
        const soonest = all.toSorted((one, other) =>
          one.startTime === other.startTime
            ? one.clinicId.localeCompare(other.clinicId)
            : one.startTime.localeCompare(other.startTime),
        );
        const { times } = await listNextTimes(db, query, asked.count, asked.limit);
        expect(times).toEqual(soonest.slice(0, asked.limit));
      }),
      { numRuns: 100, seed: 20260612 },
    );
  });
});

describe.skipIf(!redis)('GET /availability', () => {
  const start = startInDays(2);
  const span: Pick<FreeTimesQuery, 'from' | 'to'> = { from: startInDays(1), to: startInDays(4) };
  let lines: string[];
  let known: TestClinic;

  beforeEach(async () => {
    lines = [];
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        lines.push(String(chunk));
        return true;
      });
    }
    known = await insertClinic(owner, { doctors: 2 });
    await insertSlots(owner, known, start, 4);
  });
  afterEach(() => vi.restoreAllMocks());

  /** The function on this cache. `get` answers the body of a route, or the status if it is refused. */
  function functionOn(of = cache, clock?: () => number) {
    const ofCache = freeIndexOn(of, { freshSeconds: 600 });
    const { access, routes } = FUNCTIONS.availability_api;
    const deps = { db, indexed: indexedTimes({ db, index: ofCache, clock }) };
    const handler = httpHandler({ access, routes, deps, corsOrigins: '*' });
    const get = async (route: string, query: Record<string, string>) => {
      const { statusCode, body } = Object(await handler(eventOf({ route, query }), lambdaContext()));
      return statusCode === 200 ? JSON.parse(body) : statusCode;
    };
    const fromTo = { from: span.from.toISOString(), to: span.to.toISOString() };
    return {
      times: (query: Record<string, string> = {}) =>
        get('GET /availability', { clinicId: known.clinicId, ...fromTo, ...query }),
      next: (query: Record<string, string> = {}) => get('GET /availability/next', query),
      /** What a resync does. */
      sync: () => sync(ofCache, owner, known.clinicId, new Date(), startInDays(63)),
    };
  }

  const four = expect.objectContaining({ length: 4 });
  const fromIndex = { source: 'index', times: four };
  const fromDatabase = { source: 'database', times: four };

  it('answers from the index what the database would', async () => {
    const api = functionOn();
    const before = await api.times();
    expect(before).toEqual(fromDatabase);
    await api.sync();
    expect(await api.times()).toEqual({ ...before, source: 'index' });
    const [doctorId = ''] = known.doctorIds;
    expect(await api.times({ doctorId, slots: '3' })).toMatchObject({
      source: 'index',
      times: [{ availableDoctors: 1 }, {}],
    });
    expect(await api.times({ specialization: 'dermatology' })).toEqual({ source: 'index', times: [] });
  });

  it('answers the soonest times of a clinic from the index, and those of others from the database', async () => {
    const api = functionOn();
    const { clinicId, doctorIds } = known;
    await api.sync();
    const soonest = { clinicId, startTime: start.toISOString().replace('.000Z', 'Z'), availableDoctors: 2 };
    expect(await api.next({ clinicId, limit: '1' })).toEqual({ source: 'index', times: [soonest] });
    expect(await api.next({ clinicId })).toEqual({ source: 'index', times: four });
    const ofDoctor = await api.next({ doctorId: doctorIds[0] ?? '', slots: '4' });
    expect(ofDoctor).toEqual({ source: 'database', times: [{ ...soonest, availableDoctors: 1 }] });
    expect(await api.next()).toMatchObject({ source: 'database' });
  });

  it('says of what does not exist that it does not, whoever knows', async () => {
    const api = functionOn();
    await api.sync();
    const other = await insertClinic(owner);
    await owner.query('update doctors set active = false where id = $1', [known.doctorIds[1]]);
    for (const ask of [api.times, api.next]) {
      expect(await ask({ clinicId: randomUUID() })).toBe(404);
      for (const doctorId of [randomUUID(), other.doctorIds[0] ?? '', known.doctorIds[1] ?? '']) {
        expect(await ask({ clinicId: known.clinicId, doctorId })).toBe(404);
      }
    }
  });

  it('knows a new doctor at once, and one who has left within a minute', async () => {
    let now = 0;
    const api = functionOn(cache, () => now);
    await api.sync();
    expect((await api.times()).times[0].availableDoctors).toBe(2);
    now += 2_000;
    const newcomer = randomUUID();
    await owner.query(
      `insert into doctors (id, clinic_id, name, email, specialization) values ($1, $2, 'New', 'new@example.com', 'Oncology')`,
      [newcomer, known.clinicId],
    );
    await insertSlots(owner, { ...known, doctorIds: [newcomer] }, start);
    await api.sync();
    expect(await api.times({ specialization: 'oncology' })).toMatchObject({ source: 'index', times: [{}] });
    expect((await api.times()).times[0].availableDoctors).toBe(3);
    await owner.query('update doctors set active = false where id = $1', [newcomer]);
    now += 61_000;
    expect(await api.times()).toMatchObject({ source: 'index', times: [{ availableDoctors: 2 }, {}, {}, {}] });
  });

  const complaints = () => lines.filter((line) => line.includes('cache_unavailable'));

  /** A function on a cache that can be taken away. */
  async function removable() {
    const board = await switchboard(redis?.port ?? 0);
    onTestFinished(() => board.stop());
    const address = { ...(redis?.address ?? Object()), CACHE_PORT: String(board.port) };
    // Calm enough for a busy machine; silence is waited for no longer than this.
    const api = functionOn(connectCache(address, { patienceMilliseconds: 300 }));
    await functionOn().sync();
    await expect.poll(() => api.times()).toEqual(fromIndex);
    return { board, api };
  }

  it.each(['hangUp', 'fallSilent'] as const)(
    'is answered by the database while the cache is away (%s)',
    async (fault) => {
      const { board, api } = await removable();
      board[fault]();
      for (let i = 0; i < 40; i++) expect(await api.times()).toEqual(fromDatabase);
      expect(complaints()).toHaveLength(1);
      board.lead(redis?.port ?? 0);
      await expect.poll(() => api.times(), { timeout: 15_000 }).toEqual(fromIndex);
      expect(complaints()).toHaveLength(1);
    },
  );

  it('is answered by the database without a cache', async () => {
    const nowhere = { CACHE_HOST: '127.0.0.1', CACHE_PORT: '1', CACHE_NAME: 'test', CACHE_USER: 'nobody' };
    const api = functionOn(connectCache(nowhere));
    for (let i = 0; i < 40; i++) expect(await api.times()).toEqual(fromDatabase);
    expect(complaints()).toHaveLength(1);
  });

  it('is answered by the database when the cache was emptied or lost a key, until the next sync', async () => {
    const api = functionOn();
    const operator = await redis?.operate();
    if (!operator) throw new Error('There is no Redis.');
    onTestFinished(() => operator.disconnect());
    const key = `avail:{${known.clinicId}}:${start.toISOString().slice(0, 10)}`;
    const losses = [
      () => operator.flushall(),
      () => operator.unlink(key),
      () => operator.unlink(`${key}:state`),
      () => operator.hset(`${key}:state`, '#term', 'another'),
      () => operator.hset(`${key}:state`, '#synced', 0),
    ];
    for (const lose of losses) {
      await api.sync();
      expect(await api.times()).toEqual(fromIndex);
      await lose();
      expect(await api.times()).toEqual(fromDatabase);
    }
    expect(complaints()).toEqual([]);
  });

  it('is answered by the database on a server that has started empty, until the next sync', async () => {
    const other = await startTestRedis();
    if (!other) throw new Error('There is no second Redis.');
    onTestFinished(() => other.stop());
    const { board, api } = await removable();
    board.lead(other.port);
    for (let i = 0; i < 10; i++) expect(await api.times()).toEqual(fromDatabase);
    await expect.poll(() => api.sync().catch(() => undefined), { timeout: 15_000 }).toBeGreaterThan(0);
    await expect.poll(() => api.times(), { timeout: 15_000 }).toEqual(fromIndex);
  });
});
