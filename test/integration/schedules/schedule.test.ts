import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { executeBookAppointment } from '../../../lambdas/appointments/appointments.sql.ts';
import { generateSlots } from '../../../lambdas/schedules/generate-slots.ts';
import {
  findWorkingHours,
  listActiveDoctorIds,
  planSlots,
  setWorkingHours,
} from '../../../lambdas/schedules/schedules.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { changeAppointment } from '../../support/clinic/booking-clients.ts';
import { insertClinic, insertPatients, type TestClinic } from '../../support/clinic/insert-clinic.ts';
import { createDatabase, rollBackAfter, type TestDatabase } from '../../support/database/test-database.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ALL_WEEK = [1, 2, 3, 4, 5, 6, 7];

let database: TestDatabase;
let owner: pg.Client;
let staff: Db;
let patients: Db;
let job: Db;
let planner: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  staff = database.connectAs('staff_api');
  patients = database.connectAs('patient_api');
  job = database.connectAs('generate_slots');
  planner = await database.connect('generate_slots');
});

afterAll(async () => {
  await planner.end();
  await owner.end();
  await database.drop();
});

// A Wednesday, far from every change of the clocks.
beforeEach(() => setClock('2026-06-10T08:00:00Z'));

const setClock = (instant: string) =>
  owner.query(
    `create or replace function clock() returns timestamptz language sql stable as $$ select '${instant}'::timestamptz $$`,
  );

interface Window {
  readonly weekday: number;
  readonly start: string;
  readonly end: string;
  readonly capacity?: number;
}

const hoursEveryDay = (start: string, end: string, capacity = 1): Window[] =>
  ALL_WEEK.map((weekday) => ({ weekday, start, end, capacity }));

interface Validity {
  readonly validFrom?: string;
  readonly validTo?: string;
}

const request = (doctorId: string, hours: readonly Window[], { validFrom, validTo }: Validity = {}) =>
  [
    { sub: `doctor-${doctorId}`, groups: ['doctor'], requestId: randomUUID() },
    doctorId,
    { hours: hours.map((window) => ({ capacity: 1, ...window })), validFrom, validTo },
  ] as const;

async function setHours(doctorId: string, hours: readonly Window[], validity: Validity = {}, db = staff) {
  const answer = await setWorkingHours(db, ...request(doctorId, hours, validity));
  if (answer.outcome !== 'done') throw new Error(`The working hours were refused: ${JSON.stringify(answer)}`);
  return answer;
}

interface Slot {
  readonly id: string;
  readonly start: string;
  readonly end: string;
  readonly seat: number;
  readonly status: string;
  readonly status_when_released: string;
  readonly version: number;
}

async function readSlots(doctorId: string): Promise<Slot[]> {
  const { rows } = await owner.query<Slot>(
    `select id, to_utc_text(start_time) as start, to_utc_text(end_time) as end, seat, status, status_when_released, version
     from availability_slots where doctor_id = $1 order by start_time, seat, status`,
    [doctorId],
  );
  return rows;
}

const listFreeSlots = async (doctorId: string) =>
  (await readSlots(doctorId)).filter((slot) => slot.status === 'free' && slot.status_when_released === 'free');

const listStartTimes = (slots: readonly Slot[]) => slots.map(({ start }) => start);
const countOutboxRows = async () => Number((await owner.query('select count(*) from outbox')).rows[0].count);

/** Checks a slot: the outbox has each of its versions once, and the last one equals the row. */
async function expectOutboxComplete(doctorId: string) {
  const { rows } = await owner.query<{ id: string; published: { version: number; status: string; clinic: string }[] }>(
    `select slots.id, array(
       select json_build_object('version', (published_slot ->> 'version')::int, 'status', published_slot ->> 'status')
       from outbox, jsonb_array_elements(outbox.slots) published_slot
       where published_slot ->> 'id' = slots.id::text and outbox.clinic_id = slots.clinic_id
         and published_slot ->> 'doctorId' = slots.doctor_id::text and published_slot ->> 'startTime' = to_utc_text(slots.start_time)
         and published_slot ->> 'endTime' = to_utc_text(slots.end_time) and (published_slot ->> 'seat')::int = slots.seat
       order by (published_slot ->> 'version')::int) as published
     from availability_slots slots where doctor_id = $1`,
    [doctorId],
  );
  const now = new Map((await readSlots(doctorId)).map((slot) => [slot.id, slot]));
  for (const { id, published } of rows) {
    const slot = now.get(id);
    const versions = Array.from({ length: slot?.version ?? 0 }, (_, index) => index + 1);
    expect(published.map(({ version }) => version)).toEqual(versions);
    expect(published.at(-1)?.status).toBe(slot?.status);
  }
}

async function expectNoOverlap(doctorId: string) {
  const { rows } = await owner.query(
    `select a.id from availability_slots a join availability_slots b using (doctor_id, seat)
     where a.doctor_id = $1 and a.id <> b.id and 'withdrawn' not in (a.status, b.status)
       and tstzrange(a.start_time, a.end_time) && tstzrange(b.start_time, b.end_time)`,
    [doctorId],
  );
  expect(rows).toEqual([]);
}

async function createClinicWithHours(options: Parameters<typeof insertClinic>[1] & { slotMinutes?: number } = {}) {
  const { slotMinutes = 30, ...rest } = options;
  const clinic = await insertClinic(owner, { horizonDays: 2, ...rest });
  await owner.query('update clinics set slot_minutes = $2 where id = $1', [clinic.clinicId, slotMinutes]);
  const [doctorId = ''] = clinic.doctorIds;
  return { ...clinic, doctorId };
}

async function patientSub(): Promise<string> {
  const [sub = ''] = await insertPatients(owner, 1);
  return sub;
}

const command = (sub: string) => ({
  sub,
  groups: ['patient'],
  requestId: randomUUID(),
  idempotencyKey: undefined,
  requestHash: 'hash',
});

async function bookSlot(
  clinic: TestClinic & { doctorId: string },
  start: string,
  { db = patients, slots = 1, hold = false } = {},
) {
  const sub = await patientSub();
  const wish = {
    clinicId: clinic.clinicId,
    doctorId: clinic.doctorId,
    startTime: new Date(start),
    slots,
    type: 'in_person',
    hold,
  } as const;
  const { result: answer } = await executeBookAppointment(db, command(sub), randomUUID(), wish);
  if (answer.outcome !== 'done') throw new Error(`The booking was refused: ${JSON.stringify(answer)}`);
  const appointmentId = answer.appointment.id;
  const cancel = async () => (await changeAppointment(db, command(sub), 'cancel', appointmentId)).result.outcome;
  return { appointmentId, cancel };
}

describe('the slots of working hours', () => {
  it('start at the next whole slot from now and end at the horizon', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 2 });
    const changeHours = await setHours(doctorId, hoursEveryDay('09:00', '12:00'));
    const days = ['2026-06-10', '2026-06-11', '2026-06-12'];
    const repeatWindows = ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'];
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(
      days.flatMap((day) => repeatWindows.map((time) => `${day}T${time}:00Z`)),
    );
    expect(changeHours).toMatchObject({ slotsCreated: 18, slotsWithdrawn: 0, conflicts: [] });
  });

  it('leave out past times, also on the current day', async () => {
    await setClock('2026-06-10T10:10:00Z');
    const { doctorId } = await createClinicWithHours({ horizonDays: 1 });
    await setHours(doctorId, hoursEveryDay('09:00', '12:00'));
    expect((await listFreeSlots(doctorId))[0]?.start).toBe('2026-06-10T10:30:00Z');
  });

  it('leave out the rest of a window that is shorter than a slot', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 1, slotMinutes: 50 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '12:00' }]);
    expect(
      (await listFreeSlots(doctorId)).map(({ start, end }) => `${start.slice(11, 16)}-${end.slice(11, 16)}`),
    ).toEqual(['09:00-09:50', '09:50-10:40', '10:40-11:30']);
  });

  it('have as many seats as the capacity', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 1 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '09:30', capacity: 3 }]);
    expect((await listFreeSlots(doctorId)).map(({ seat }) => seat)).toEqual([1, 2, 3]);
  });

  it('continue until midnight at 24:00, which is returned unchanged', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 1 });
    const changeHours = await setHours(doctorId, [
      { weekday: 3, start: '23:00', end: '24:00' },
      { weekday: 4, start: '00:00', end: '00:30' },
    ]);
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual([
      '2026-06-10T23:00:00Z',
      '2026-06-10T23:30:00Z',
      '2026-06-11T00:00:00Z',
    ]);
    expect(changeHours.hours.map(({ start, end }) => [start, end])).toEqual([
      ['23:00', '24:00'],
      ['00:00', '00:30'],
    ]);
  });

  it('follow the days of the clinic, not of UTC', async () => {
    await setClock('2026-06-10T12:00:00Z');
    const { doctorId } = await createClinicWithHours({ horizonDays: 1, timeZone: 'Pacific/Kiritimati' });
    // It is 02:00 on Thursday in that zone.
    await setHours(doctorId, [{ weekday: 4, start: '08:00', end: '08:30' }]);
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-06-10T18:00:00Z']);
  });
});

interface DayOfChange {
  readonly zone: string;
  readonly what: string;
  readonly day: string;
  readonly window: readonly [string, string];
  readonly starts: readonly string[];
}

// Half-hour slots. Each list is worked out by hand from the zone's rule; the times are in UTC.
const DAYS_OF_CHANGE: readonly DayOfChange[] = [
  {
    zone: 'Europe/Lisbon',
    what: 'an hour is skipped',
    day: '2026-03-29',
    window: ['00:30', '02:30'],
    starts: ['00:30', '01:00'],
  },
  { zone: 'Europe/Lisbon', what: 'the window is skipped', day: '2026-03-29', window: ['01:00', '02:00'], starts: [] },
  {
    zone: 'Europe/Lisbon',
    what: 'opening is skipped',
    day: '2026-03-29',
    window: ['01:30', '03:00'],
    starts: ['01:00', '01:30'],
  },
  {
    zone: 'Europe/Lisbon',
    what: 'closing is skipped',
    day: '2026-03-29',
    window: ['00:00', '01:30'],
    starts: ['00:00', '00:30'],
  },
  {
    zone: 'Europe/Lisbon',
    what: 'an hour comes twice',
    day: '2026-10-25',
    window: ['00:30', '02:30'],
    starts: ['23:30', '00:00', '00:30', '01:00', '01:30', '02:00'],
  },
  {
    zone: 'America/New_York',
    what: 'an hour is skipped',
    day: '2026-03-08',
    window: ['01:00', '04:00'],
    starts: ['06:00', '06:30', '07:00', '07:30'],
  },
  {
    zone: 'America/New_York',
    what: 'the window is skipped',
    day: '2026-03-08',
    window: ['02:15', '02:45'],
    starts: [],
  },
  {
    zone: 'America/New_York',
    what: 'opening is skipped',
    day: '2026-03-08',
    window: ['02:30', '03:30'],
    starts: ['07:00'],
  },
  {
    zone: 'America/New_York',
    what: 'closing is skipped',
    day: '2026-03-08',
    window: ['01:00', '02:30'],
    starts: ['06:00', '06:30'],
  },
  {
    zone: 'America/New_York',
    what: 'an hour comes twice',
    day: '2026-11-01',
    window: ['00:00', '03:00'],
    starts: ['04:00', '04:30', '05:00', '05:30', '06:00', '06:30', '07:00', '07:30'],
  },
  {
    zone: 'Australia/Lord_Howe',
    what: 'half an hour is skipped',
    day: '2026-10-04',
    window: ['01:00', '03:00'],
    starts: ['14:30', '15:00', '15:30'],
  },
  {
    zone: 'Australia/Lord_Howe',
    what: 'closing is skipped',
    day: '2026-10-04',
    window: ['01:00', '02:15'],
    starts: ['14:30', '15:00'],
  },
  {
    zone: 'Australia/Lord_Howe',
    what: 'half an hour comes twice',
    day: '2026-04-05',
    window: ['01:00', '03:00'],
    starts: ['14:00', '14:30', '15:00', '15:30', '16:00'],
  },
  {
    zone: 'America/Santiago',
    what: 'midnight is skipped',
    day: '2026-09-06',
    window: ['00:00', '02:00'],
    starts: ['04:00', '04:30'],
  },
  {
    zone: 'Asia/Kolkata',
    what: 'the clocks never change',
    day: '2026-03-29',
    window: ['01:00', '03:00'],
    starts: ['19:30', '20:00', '20:30', '21:00'],
  },
];

const toWeekday = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
const addDays = (day: string, days = 1) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

describe('on the day on which the clocks change', () => {
  it.each(DAYS_OF_CHANGE)('$zone, $window: $what', async ({ zone, day, window: [start, end], starts }) => {
    await setClock(`${addDays(day, -2)}T12:00:00Z`);
    const { doctorId } = await createClinicWithHours({ timeZone: zone, horizonDays: 5 });
    await setHours(doctorId, [{ weekday: toWeekday(day), start, end }]);
    const slots = await listFreeSlots(doctorId);
    expect(slots.map((slot) => slot.start.slice(11, 16))).toEqual(starts);
    expect(slots.every((slot) => Date.parse(slot.end) - Date.parse(slot.start) === 30 * MINUTE)).toBe(true);
  });

  it('windows on both sides of the skipped hour do not create a slot twice', async () => {
    await setClock('2026-03-07T12:00:00Z');
    const { doctorId } = await createClinicWithHours({ timeZone: 'America/New_York', slotMinutes: 20 });
    const planned = await setHours(doctorId, [
      { weekday: 7, start: '01:00', end: '02:30' },
      { weekday: 7, start: '02:30', end: '04:00' },
    ]);
    expect(planned.slotsCreated).toBe(6);
    await expectNoOverlap(doctorId);
    const { rows } = await owner.query('select start_time from planned_slots($1, $2, $3)', [
      doctorId,
      '2026-03-08',
      '2026-03-09',
    ]);
    expect(rows).toHaveLength(6);
  });

  it('09:00 stays 09:00 on both sides', async () => {
    await setClock('2026-10-24T06:00:00Z');
    const { doctorId } = await createClinicWithHours({ timeZone: 'Europe/Lisbon', horizonDays: 1 });
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-10-24T08:00:00Z', '2026-10-25T09:00:00Z']);
  });
});

describe('planned_slots, for any hours, zone and day', () => {
  // Mostly the hours of a Sunday on which the clocks change.
  const quarters = fc.oneof(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 0, max: 96 }));
  const minuteOfDay = quarters.map((quarter) => quarter * 15);
  const windows = fc.array(
    fc.record({
      weekday: fc.oneof(fc.constant(7), fc.integer({ min: 1, max: 7 })),
      from: minuteOfDay,
      to: minuteOfDay,
      capacity: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 10 },
  );
  // The middle of the week under test: the day of a change in its zone, or any day in any zone.
  const zoneAndDay = fc.oneof(
    fc.constantFrom(...DAYS_OF_CHANGE.map(({ zone, day }) => [zone, day] as const)),
    fc.tuple(
      fc.constantFrom(...DAYS_OF_CHANGE.map(({ zone }) => zone)),
      fc.integer({ min: 0, max: 365 }).map((days) => addDays('2026-01-01', days)),
    ),
  );
  const timeOfDay = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

  it('never overlap, lie inside their windows and fill them', async () => {
    await fc.assert(
      fc.asyncProperty(
        windows,
        zoneAndDay,
        fc.constantFrom(5, 20, 30, 45, 60, 240),
        async (drawn, [zone, centre], slotMinutes) => {
          const hours = excludeOverlaps(drawn.filter(({ from, to }) => from < to));
          const from = addDays(centre, -3);
          const planned = await planDay(hours, zone, slotMinutes, from, addDays(centre, 4));
          const groupBySeat = Map.groupBy(planned, ({ seat }) => seat);
          for (const seats of groupBySeat.values()) {
            for (const [index, slot] of seats.entries()) {
              expect(slot.end - slot.start).toBe(slotMinutes * MINUTE);
              expect(slot.start).toBeGreaterThanOrEqual(seats[index - 1]?.end ?? 0);
            }
          }
          const expected = Array.from({ length: 7 }, (_, ahead) => addDays(from, ahead)).flatMap((day) =>
            hours
              .filter(({ weekday }) => weekday === toWeekday(day))
              .flatMap((window) => fillWindows(zone, day, window, slotMinutes)),
          );
          const key = (slot: PlannedSlot) => `${new Date(slot.start).toISOString()} ${slot.seat}`;
          expect(planned.map(key).toSorted()).toEqual(expected.map(key).toSorted());
        },
      ),
      { numRuns: 250, seed: 20260610 },
    );
  });

  interface Hours {
    readonly weekday: number;
    readonly from: number;
    readonly to: number;
    readonly capacity: number;
  }

  interface PlannedSlot {
    readonly start: number;
    readonly end: number;
    readonly seat: number;
  }

  function excludeOverlaps(hours: readonly Hours[]): Hours[] {
    return hours.filter(
      (window, index) =>
        !hours
          .slice(0, index)
          .some((other) => other.weekday === window.weekday && other.from < window.to && window.from < other.to),
    );
  }

  async function planDay(
    hours: readonly Hours[],
    zone: string,
    slotMinutes: number,
    from: string,
    to: string,
  ): Promise<PlannedSlot[]> {
    const clinic = await createClinicWithHours({ timeZone: zone, slotMinutes });
    await owner.query(
      `insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, capacity, valid_from)
       select $1, $2, weekday, start, "end", capacity, '2020-01-01'
       from jsonb_to_recordset($3::jsonb) as hours (weekday smallint, start time, "end" time, capacity smallint)`,
      [
        clinic.clinicId,
        clinic.doctorId,
        JSON.stringify(
          hours.map((window) => ({ ...window, start: timeOfDay(window.from), end: timeOfDay(window.to) })),
        ),
      ],
    );
    const { rows } = await owner.query<{ start: Date; end: Date; seat: number }>(
      'select start_time as start, end_time as end, seat from planned_slots($1, $2, $3) order by start_time, seat',
      [clinic.doctorId, from, to],
    );
    return rows.map(({ start, end, seat }) => ({ start: start.getTime(), end: end.getTime(), seat }));
  }

  /** The whole slots between opening and closing, for every seat. */
  function fillWindows(zone: string, day: string, { from, to, capacity }: Hours, slotMinutes: number): PlannedSlot[] {
    const length = slotMinutes * MINUTE;
    const closing = toInstant(zone, day, to);
    const slots: PlannedSlot[] = [];
    for (let start = toInstant(zone, day, from); start + length <= closing; start += length) {
      for (let seat = 1; seat <= capacity; seat += 1) slots.push({ start, end: start + length, seat });
    }
    return slots;
  }

  /** The last instant at which the clocks show this time or, if they skip it, the instant at which they skip it. */
  function toInstant(zone: string, day: string, minutes: number): number {
    const formatLocalTime = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE;
    const localTimesShown = [
      formatLocalTime - readOffset(zone, formatLocalTime - DAY),
      formatLocalTime - readOffset(zone, formatLocalTime + DAY),
    ].filter((instant) => instant + readOffset(zone, instant) === formatLocalTime);
    if (localTimesShown.length > 0) return Math.max(...localTimesShown);
    let skip = formatLocalTime - readOffset(zone, formatLocalTime + DAY);
    while (skip + readOffset(zone, skip) < formatLocalTime) skip += MINUTE;
    return skip;
  }

  const formats = new Map<string, Intl.DateTimeFormat>();

  function readOffset(zone: string, instant: number): number {
    const format = formats.get(zone) ?? new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    formats.set(zone, format);
    const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * HOUR + Number(minutes ?? 0) * MINUTE);
  }
});

describe('a template with dates', () => {
  const published = async (doctorId: string) =>
    (await findWorkingHours(staff, request(doctorId, [])[0], doctorId))?.map(({ start, validFrom, validTo }) => [
      start,
      validFrom,
      validTo,
    ]);

  it('replaces its own days only: the previous hours stay before and after them', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 10 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '09:30' }], { validFrom: '2026-06-01' });
    await setHours(doctorId, [{ weekday: 3, start: '14:00', end: '14:30' }], {
      validFrom: '2026-06-15',
      validTo: '2026-06-22',
    });
    expect(await published(doctorId)).toEqual([
      ['09:00', '2026-06-01', '2026-06-15'],
      ['14:00', '2026-06-15', '2026-06-22'],
      ['09:00', '2026-06-22', null],
    ]);
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-06-10T09:00:00Z', '2026-06-17T14:00:00Z']);
  });

  it('works inside, around, at the edges of and across other templates', async () => {
    const { doctorId } = await createClinicWithHours();
    const from = async (validFrom: string, validTo: string | undefined, start: string) =>
      setHours(doctorId, [{ weekday: 1, start, end: '23:00' }], { validFrom, ...(validTo && { validTo }) });
    await from('2026-07-01', '2026-07-10', '01:00');
    await from('2026-07-10', '2026-07-20', '02:00');
    await from('2026-07-20', undefined, '03:00');
    await from('2026-07-05', '2026-07-15', '04:00');
    expect(await published(doctorId)).toEqual([
      ['01:00', '2026-07-01', '2026-07-05'],
      ['04:00', '2026-07-05', '2026-07-15'],
      ['02:00', '2026-07-15', '2026-07-20'],
      ['03:00', '2026-07-20', null],
    ]);
    await from('2026-07-04', '2026-07-21', '05:00');
    expect(await published(doctorId)).toEqual([
      ['01:00', '2026-07-01', '2026-07-04'],
      ['05:00', '2026-07-04', '2026-07-21'],
      ['03:00', '2026-07-21', null],
    ]);
    await from('2026-06-30', undefined, '06:00');
    expect(await published(doctorId)).toEqual([['06:00', '2026-06-30', null]]);
  });

  it('without hours closes these days', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 3 });
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    await setHours(doctorId, [], { validFrom: '2026-06-11', validTo: '2026-06-13' });
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-06-10T09:00:00Z', '2026-06-13T09:00:00Z']);
  });

  it.each([
    ['2026-06-20', '2026-06-20'],
    ['2026-06-20', '2026-06-19'],
    [undefined, '2026-06-10'],
  ])('from %s to %s is refused, and nothing is changed', async (validFrom, validTo) => {
    const { doctorId } = await createClinicWithHours();
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    const before = [await published(doctorId), await countOutboxRows()];
    const answer = await setWorkingHours(staff, ...request(doctorId, [], { validFrom, validTo }));
    expect(answer).toEqual({ outcome: 'invalid', field: 'validTo', value: `a day after ${validFrom ?? '2026-06-10'}` });
    expect([await published(doctorId), await countOutboxRows()]).toEqual(before);
  });
});

describe('too many hours', () => {
  const allDay = (capacity: number) => hoursEveryDay('00:00', '24:00', capacity);
  const tooMany = { outcome: 'invalid', field: 'hours', value: expect.stringContaining('at most 30000 slots') };

  // Fifty seats: 2400 half hours a day, or 1200 hours.
  it.each([
    [30, 12, 'done'],
    [30, 13, 'invalid'],
    [60, 25, 'done'],
    [60, 26, 'invalid'],
  ])('are counted in slots of %i minutes, %i days ahead: %s', async (slotMinutes, horizonDays, outcome) => {
    const { doctorId } = await createClinicWithHours({ slotMinutes, horizonDays });
    expect((await setWorkingHours(staff, ...request(doctorId, allDay(50)))).outcome).toBe(outcome);
  });

  it('are refused and change nothing', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 13 });
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    const before = [await readSlots(doctorId), await countOutboxRows()];
    expect(await setWorkingHours(staff, ...request(doctorId, allDay(50)))).toEqual(tooMany);
    expect([await readSlots(doctorId), await countOutboxRows()]).toEqual(before);
  });
});

describe('a change of the working hours', () => {
  it('withdraws free slots, keeps booked ones and lists the affected appointments', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 1 });
    const { doctorId } = clinic;
    await setHours(doctorId, hoursEveryDay('09:00', '10:00'));
    const { appointmentId, cancel } = await bookSlot(clinic, '2026-06-10T09:00:00Z');
    const changeHours = await setHours(doctorId, hoursEveryDay('14:00', '15:00'));
    expect(changeHours).toMatchObject({ slotsCreated: 4, slotsWithdrawn: 4 });
    expect(changeHours.conflicts.map(({ id, status }) => [id, status])).toEqual([[appointmentId, 'booked']]);
    expect((await readSlots(doctorId)).find(({ status }) => status === 'booked')).toMatchObject({
      start: '2026-06-10T09:00:00Z',
      status_when_released: 'withdrawn',
      version: 3,
    });
    await expectOutboxComplete(doctorId);

    expect(await cancel()).toBe('done');
    expect((await readSlots(doctorId)).filter(({ start }) => start === '2026-06-10T09:00:00Z')).toMatchObject([
      { status: 'withdrawn' },
    ]);
    await expect(bookSlot(clinic, '2026-06-10T09:00:00Z')).rejects.toThrow('not_bookable');
    await expectOutboxComplete(doctorId);
  });

  it('does not list appointments that are unaffected', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 1 });
    await setHours(clinic.doctorId, hoursEveryDay('09:00', '10:00'));
    await bookSlot(clinic, '2026-06-10T09:00:00Z');
    expect((await setHours(clinic.doctorId, hoursEveryDay('08:00', '10:00'))).conflicts).toEqual([]);
  });

  it('back again reopens the same slots, and offers a booked one when it is cancelled', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 1 });
    const { doctorId } = clinic;
    await setHours(doctorId, hoursEveryDay('09:00', '10:00', 2));
    const { cancel } = await bookSlot(clinic, '2026-06-10T09:00:00Z');
    const before = await readSlots(doctorId);
    await setHours(doctorId, []);
    expect(await listFreeSlots(doctorId)).toEqual([]);
    const changeHours = await setHours(doctorId, hoursEveryDay('09:00', '10:00', 2));
    expect(changeHours).toMatchObject({ slotsCreated: 8, slotsWithdrawn: 0, conflicts: [] });
    const identity = ({ id, status, status_when_released }: Slot) => ({ id, status, status_when_released });
    expect((await readSlots(doctorId)).map(identity)).toEqual(before.map(identity));
    expect(await cancel()).toBe('done');
    expect(await listFreeSlots(doctorId)).toHaveLength(8);
    await expectOutboxComplete(doctorId);
  });

  it('to a smaller capacity withdraws the last seats', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 1 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '09:30', capacity: 3 }]);
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '09:30', capacity: 1 }]);
    expect((await listFreeSlots(doctorId)).map(({ seat }) => seat)).toEqual([1]);
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '09:30', capacity: 2 }]);
    expect((await readSlots(doctorId)).map(({ seat, status }) => [seat, status])).toEqual([
      [1, 'free'],
      [2, 'free'],
      [3, 'withdrawn'],
    ]);
  });

  it('leaves past slots and other doctors unchanged', async () => {
    const clinic = await createClinicWithHours({ doctors: 2, horizonDays: 1 });
    const [first = '', second = ''] = clinic.doctorIds;
    await setHours(first, hoursEveryDay('09:00', '10:00'));
    await setHours(second, hoursEveryDay('09:00', '10:00'));
    await setClock('2026-06-10T09:15:00Z');
    const others = await readSlots(second);
    await setHours(first, []);
    expect((await listFreeSlots(first)).map(({ start }) => start)).toEqual(['2026-06-10T09:00:00Z']);
    expect(await readSlots(second)).toEqual(others);
  });
});

describe('a change of the slot length', () => {
  it('leaves booked slots in the old grid, and offers the time that they cover once they are released', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 1 });
    const { doctorId, clinicId } = clinic;
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '11:00' }]);
    const { cancel } = await bookSlot(clinic, '2026-06-10T09:30:00Z');
    await owner.query('update clinics set slot_minutes = 60 where id = $1', [clinicId]);
    await planSlots(job, doctorId, 'a run');
    expect((await listFreeSlots(doctorId)).map(({ start, end }) => [start, end])).toEqual([
      ['2026-06-10T10:00:00Z', '2026-06-10T11:00:00Z'],
    ]);
    await expectNoOverlap(doctorId);
    expect(await cancel()).toBe('done');
    await planSlots(job, doctorId, 'a run');
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-06-10T09:00:00Z', '2026-06-10T10:00:00Z']);
    await expectNoOverlap(doctorId);
    await expectOutboxComplete(doctorId);
  });

  it('is not blocked by an expired hold, whether its row says expired or not', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 1 });
    const { doctorId, clinicId } = clinic;
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '11:00' }]);
    const { appointmentId } = await bookSlot(clinic, '2026-06-10T09:30:00Z', { slots: 2, hold: true });
    await setClock('2026-06-10T08:02:00Z');
    await owner.query('update clinics set slot_minutes = 60 where id = $1', [clinicId]);
    await planSlots(job, doctorId, 'a run');
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-06-10T09:00:00Z', '2026-06-10T10:00:00Z']);
    const { rows } = await owner.query('select status from appointments where id = $1', [appointmentId]);
    expect(rows).toEqual([{ status: 'expired' }]);
    await expectNoOverlap(doctorId);
    await expectOutboxComplete(doctorId);
  });

  it('and back reopens the old slots', async () => {
    const { doctorId, clinicId } = await createClinicWithHours({ horizonDays: 1 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '11:00' }]);
    const before = (await listFreeSlots(doctorId)).map(({ id }) => id);
    for (const minutes of [60, 45, 30]) {
      await owner.query('update clinics set slot_minutes = $2 where id = $1', [clinicId, minutes]);
      await planSlots(job, doctorId, 'a run');
      await expectNoOverlap(doctorId);
    }
    expect((await listFreeSlots(doctorId)).map(({ id }) => id)).toEqual(before);
  });

  it('and back works while a slot of the other grid is booked', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 1 });
    const { doctorId, clinicId } = clinic;
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '11:00' }]);
    const setLength = (minutes: number) =>
      owner.query('update clinics set slot_minutes = $2 where id = $1', [clinicId, minutes]);
    await setLength(60);
    await planSlots(job, doctorId, 'a run');
    const { cancel } = await bookSlot(clinic, '2026-06-10T09:00:00Z');
    await setLength(30);
    await planSlots(job, doctorId, 'a run');
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-06-10T10:00:00Z', '2026-06-10T10:30:00Z']);
    expect(await cancel()).toBe('done');
    await planSlots(job, doctorId, 'a run');
    expect(await listFreeSlots(doctorId)).toHaveLength(4);
    await expectNoOverlap(doctorId);
    await expectOutboxComplete(doctorId);
  });
});

describe('planning again', () => {
  it('changes nothing: no version and no outbox row', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 3 });
    await setHours(clinic.doctorId, hoursEveryDay('09:00', '12:00', 2));
    await bookSlot(clinic, '2026-06-11T09:00:00Z');
    await setHours(clinic.doctorId, hoursEveryDay('10:00', '13:00'));
    const before = [await readSlots(clinic.doctorId), await countOutboxRows()];
    expect(await planSlots(job, clinic.doctorId, 'a run')).toEqual({ created: 0, reopened: 0, withdrawn: 0 });
    expect([await readSlots(clinic.doctorId), await countOutboxRows()]).toEqual(before);
  });

  it('on the next day adds the next day', async () => {
    const { doctorId } = await createClinicWithHours({ horizonDays: 2 });
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    await setClock('2026-06-11T00:00:00Z');
    expect(await planSlots(job, doctorId, 'a run')).toEqual({ created: 1, reopened: 0, withdrawn: 0 });
    expect((await listFreeSlots(doctorId)).at(-1)?.start).toBe('2026-06-13T09:00:00Z');
    await expectOutboxComplete(doctorId);
  });

  it('for a doctor who has left withdraws all slots', async () => {
    const clinic = await createClinicWithHours();
    await setHours(clinic.doctorId, hoursEveryDay('09:00', '10:00'));
    await bookSlot(clinic, '2026-06-11T09:00:00Z');
    await owner.query('update doctors set active = false where id = $1', [clinic.doctorId]);
    expect(await planSlots(job, clinic.doctorId, 'a run')).toMatchObject({ created: 0, withdrawn: 6 });
    expect(
      (await readSlots(clinic.doctorId)).every(({ status_when_released }) => status_when_released === 'withdrawn'),
    ).toBe(true);
    await expectOutboxComplete(clinic.doctorId);
  });

  it('for an unknown doctor does nothing', async () => {
    expect(await planSlots(job, randomUUID(), 'a run')).toEqual({ created: 0, reopened: 0, withdrawn: 0 });
  });
});

describe('the daily job', () => {
  it('plans every active doctor, and can be repeated', async () => {
    await owner.query('update doctors set active = false');
    const clinic = await createClinicWithHours({ doctors: 3, horizonDays: 1 });
    for (const doctorId of clinic.doctorIds) await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    await setClock('2026-06-11T00:00:00Z');
    expect(await generateSlots(job)).toEqual({ doctors: 3, created: 3, withdrawn: 0 });
    expect(await generateSlots(job)).toEqual({ doctors: 3, created: 0, withdrawn: 0 });
  });

  it('continues when a doctor fails, and fails at the end', async () => {
    await owner.query('update doctors set active = false');
    const clinic = await createClinicWithHours({ doctors: 3, horizonDays: 1 });
    for (const doctorId of clinic.doctorIds) await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    // Two doctors, because the order is random: after the first of them there is always another one.
    const broken = clinic.doctorIds.slice(0, 2);
    await owner.query(`create function break_plan() returns trigger language plpgsql as $$
      begin raise exception 'broken'; end $$`);
    await owner.query(`create trigger break_plan before insert on availability_slots for each row
      when (new.doctor_id in ('${broken.join("', '")}')) execute function break_plan()`);
    await setClock('2026-06-11T00:00:00Z');
    await expect(generateSlots(job)).rejects.toThrow('2 of 3');
    await owner.query('drop trigger break_plan on availability_slots');
    expect(await generateSlots(job)).toMatchObject({ created: 2 });
  });
});

it('doctors are planned in random order, so that a run that is always cut off reaches every doctor in the end', async () => {
  await owner.query('update doctors set active = false');
  const { doctorIds } = await createClinicWithHours({ doctors: 12 });
  const runs = await Promise.all(Array.from({ length: 5 }, () => listActiveDoctorIds(job)));
  for (const run of runs) expect(run.toSorted()).toEqual(doctorIds.toSorted());
  expect(new Set(runs.map(String)).size).toBe(5);
});

describe('concurrently', () => {
  it('a plan refuses only the bookings of the slots that it changes', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 2 });
    const { doctorId } = clinic;
    await setHours(doctorId, hoursEveryDay('09:00', '12:00'));
    /** Books while a plan has run but is not committed, and rolls the plan back. */
    const bookDuringPlan = (start: string) =>
      rollBackAfter(planner, async (tx) => {
        await planSlots(tx, doctorId, 'a run');
        await bookSlot(clinic, start);
      });
    await bookDuringPlan('2026-06-10T09:00:00Z');
    await owner.query('delete from working_hours where doctor_id = $1 and weekday = 4', [doctorId]);
    await bookDuringPlan('2026-06-10T09:30:00Z');
    await expect(bookDuringPlan('2026-06-11T09:00:00Z')).rejects.toThrow('slot_contended');
    expect(await listFreeSlots(doctorId)).toHaveLength(16);
  });

  it('changes of hours, plans, bookings and cancellations neither deadlock nor overlap', async () => {
    const clinic = await createClinicWithHours({ horizonDays: 3 });
    const { doctorId } = clinic;
    await setHours(doctorId, hoursEveryDay('09:00', '12:00', 2));
    const templates = [
      hoursEveryDay('09:00', '12:00', 2),
      hoursEveryDay('09:30', '13:00'),
      hoursEveryDay('09:00', '11:00', 3),
      [],
    ];
    const failures: unknown[] = [];
    const recordFailure = (error: unknown) => void failures.push(error);
    const planners = Array.from({ length: 4 }, (_, worker) => {
      const [staffDb, jobDb] = [database.connectAs('staff_api'), database.connectAs('generate_slots')];
      return (async () => {
        for (let round = 0; round < 12; round += 1) {
          if (worker % 2 === 0)
            await setHours(doctorId, templates[(worker + round) % templates.length] ?? [], {}, staffDb).catch(
              recordFailure,
            );
          else await planSlots(jobDb, doctorId, 'a run').catch(recordFailure);
        }
      })();
    });
    const outcomes = new Set<string>();
    const bookers = (await insertPatients(owner, 6)).map((sub, worker) => {
      const db = database.connectAs('patient_api');
      return (async () => {
        for (let round = 0; round < 30; round += 1) {
          const startTime = new Date(Date.UTC(2026, 5, 10 + (round % 3), 9, 30 * ((worker + round) % 6)));
          const wish = {
            clinicId: clinic.clinicId,
            startTime,
            slots: 1 + (round % 2),
            type: 'in_person',
            hold: false,
          } as const;
          const { result: answer } = await executeBookAppointment(db, command(sub), randomUUID(), wish);
          outcomes.add(answer.outcome);
          if (answer.outcome !== 'done' || round % 3 === 0) continue;
          const cancelled = await changeAppointment(db, command(sub), 'cancel', answer.appointment.id);
          expect(cancelled.result.outcome).toBe('done');
        }
      })().catch(recordFailure);
    });
    await Promise.all([...planners, ...bookers]);
    expect(failures).toEqual([]);
    expect(outcomes).toContain('done');
    await planSlots(job, doctorId, 'a run');
    await expectNoOverlap(doctorId);
    await expectOutboxComplete(doctorId);
    const { rows } = await owner.query(
      `select deadlocks::int from pg_stat_database where datname = current_database()`,
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
    const { rows: unclaimed } = await owner.query(
      `select slots.id from availability_slots slots
       where doctor_id = $1 and (status = 'booked') <> exists (select from appointment_slots where slot_id = slots.id and active)`,
      [doctorId],
    );
    expect(unclaimed).toEqual([]);
  });
});
