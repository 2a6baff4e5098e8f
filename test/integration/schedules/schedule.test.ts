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

// A Wednesday on which no time zone changes its offset.
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

/** Creates the arguments of setWorkingHours. */
const createRequest = (doctorId: string, hours: readonly Window[], { validFrom, validTo }: Validity = {}) =>
  [
    { sub: `doctor-${doctorId}`, groups: ['doctor'], requestId: randomUUID() },
    doctorId,
    { hours: hours.map((window) => ({ capacity: 1, ...window })), validFrom, validTo },
  ] as const;

async function setHours(doctorId: string, hours: readonly Window[], validity: Validity = {}, db = staff) {
  const result = await setWorkingHours(db, ...createRequest(doctorId, hours, validity));
  if (result.outcome !== 'done') throw new Error(`The working hours were refused: ${JSON.stringify(result)}`);
  return result;
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

/** Expects for each slot of the doctor that the outbox has each of its versions once, and that the last one equals the row. */
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
  const slotsById = new Map((await readSlots(doctorId)).map((slot) => [slot.id, slot]));
  for (const { id, published } of rows) {
    const slot = slotsById.get(id);
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

async function createClinicWithDoctor(options: Parameters<typeof insertClinic>[1] & { slotMinutes?: number } = {}) {
  const { slotMinutes = 30, ...rest } = options;
  const clinic = await insertClinic(owner, { horizonDays: 2, ...rest });
  await owner.query('update clinics set slot_minutes = $2 where id = $1', [clinic.clinicId, slotMinutes]);
  const [doctorId = ''] = clinic.doctorIds;
  return { ...clinic, doctorId };
}

async function createPatient(): Promise<string> {
  const [sub = ''] = await insertPatients(owner, 1);
  return sub;
}

const createCommand = (sub: string) => ({
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
  const sub = await createPatient();
  const booking = {
    clinicId: clinic.clinicId,
    doctorId: clinic.doctorId,
    startTime: new Date(start),
    slots,
    type: 'in_person',
    hold,
  } as const;
  const { result } = await executeBookAppointment(db, createCommand(sub), randomUUID(), booking);
  if (result.outcome !== 'done') throw new Error(`The booking was refused: ${JSON.stringify(result)}`);
  const appointmentId = result.appointment.id;
  const cancel = async () => (await changeAppointment(db, createCommand(sub), 'cancel', appointmentId)).result.outcome;
  return { appointmentId, cancel };
}

describe('the slots of working hours', () => {
  it('begin with the next whole slot and end at the horizon', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 2 });
    const change = await setHours(doctorId, hoursEveryDay('09:00', '12:00'));
    const days = ['2026-06-10', '2026-06-11', '2026-06-12'];
    const times = ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'];
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(
      days.flatMap((day) => times.map((time) => `${day}T${time}:00Z`)),
    );
    expect(change).toMatchObject({ slotsCreated: 18, slotsWithdrawn: 0, conflicts: [] });
  });

  it('exclude the past times of the current day', async () => {
    await setClock('2026-06-10T10:10:00Z');
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 1 });
    await setHours(doctorId, hoursEveryDay('09:00', '12:00'));
    expect((await listFreeSlots(doctorId))[0]?.start).toBe('2026-06-10T10:30:00Z');
  });

  it('exclude the rest of a window that is shorter than a slot', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 1, slotMinutes: 50 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '12:00' }]);
    expect(
      (await listFreeSlots(doctorId)).map(({ start, end }) => `${start.slice(11, 16)}-${end.slice(11, 16)}`),
    ).toEqual(['09:00-09:50', '09:50-10:40', '10:40-11:30']);
  });

  it('have as many seats as the capacity', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 1 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '09:30', capacity: 3 }]);
    expect((await listFreeSlots(doctorId)).map(({ seat }) => seat)).toEqual([1, 2, 3]);
  });

  it('continue until midnight at 24:00, which is returned unchanged', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 1 });
    const change = await setHours(doctorId, [
      { weekday: 3, start: '23:00', end: '24:00' },
      { weekday: 4, start: '00:00', end: '00:30' },
    ]);
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual([
      '2026-06-10T23:00:00Z',
      '2026-06-10T23:30:00Z',
      '2026-06-11T00:00:00Z',
    ]);
    expect(change.hours.map(({ start, end }) => [start, end])).toEqual([
      ['23:00', '24:00'],
      ['00:00', '00:30'],
    ]);
  });

  it("follow the weekdays in the clinic's time zone, not in UTC", async () => {
    await setClock('2026-06-10T12:00:00Z');
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 1, timeZone: 'Pacific/Kiritimati' });
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

// Half-hour slots. The start times, in UTC, were computed by hand from the rule of the time zone.
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
    what: 'an hour occurs twice',
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
    what: 'an hour occurs twice',
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
    what: 'half an hour occurs twice',
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
    what: 'there is no daylight saving time',
    day: '2026-03-29',
    window: ['01:00', '03:00'],
    starts: ['19:30', '20:00', '20:30', '21:00'],
  },
];

const toWeekday = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
const addDays = (day: string, days = 1) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

describe('on the day on which daylight saving time begins or ends', () => {
  it.each(DAYS_OF_CHANGE)('$zone, $window: $what', async ({ zone, day, window: [start, end], starts }) => {
    await setClock(`${addDays(day, -2)}T12:00:00Z`);
    const { doctorId } = await createClinicWithDoctor({ timeZone: zone, horizonDays: 5 });
    await setHours(doctorId, [{ weekday: toWeekday(day), start, end }]);
    const slots = await listFreeSlots(doctorId);
    expect(slots.map((slot) => slot.start.slice(11, 16))).toEqual(starts);
    expect(slots.every((slot) => Date.parse(slot.end) - Date.parse(slot.start) === 30 * MINUTE)).toBe(true);
  });

  it('windows on both sides of the skipped hour do not create a slot twice', async () => {
    await setClock('2026-03-07T12:00:00Z');
    const { doctorId } = await createClinicWithDoctor({ timeZone: 'America/New_York', slotMinutes: 20 });
    const planned = await setHours(doctorId, [
      { weekday: 7, start: '01:00', end: '02:30' },
      { weekday: 7, start: '02:30', end: '04:00' },
    ]);
    expect(planned.slotsCreated).toBe(6);
    await expectNoOverlap(doctorId);
    const { rows } = await owner.query(
      "select start_time from planned_slots(array[$1::uuid], '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z')",
      [doctorId],
    );
    expect(rows).toHaveLength(6);
  });

  it('opening stays at 09:00 local time before and after the change', async () => {
    await setClock('2026-10-24T06:00:00Z');
    const { doctorId } = await createClinicWithDoctor({ timeZone: 'Europe/Lisbon', horizonDays: 1 });
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-10-24T08:00:00Z', '2026-10-25T09:00:00Z']);
  });
});

describe('planned_slots', () => {
  // Mostly hours in the night of a Sunday, because daylight saving time begins and ends then.
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
  // The middle of the tested week: a day on which daylight saving time of the zone begins or ends, or any day.
  const zoneAndDay = fc.oneof(
    fc.constantFrom(...DAYS_OF_CHANGE.map(({ zone, day }) => [zone, day] as const)),
    fc.tuple(
      fc.constantFrom(...DAYS_OF_CHANGE.map(({ zone }) => zone)),
      fc.integer({ min: 0, max: 365 }).map((days) => addDays('2026-01-01', days)),
    ),
  );
  const timeOfDay = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

  it('returns slots that fill their windows without overlaps, for any hours, zone and day', async () => {
    await fc.assert(
      fc.asyncProperty(
        windows,
        zoneAndDay,
        fc.constantFrom(5, 20, 30, 45, 60, 240),
        async (drawnHours, [zone, centre], slotMinutes) => {
          const hours = excludeOverlaps(drawnHours.filter(({ from, to }) => from < to));
          const from = addDays(centre, -3);
          const planned = await planWeek(hours, zone, slotMinutes, from, addDays(centre, 4));
          const slotsBySeat = Map.groupBy(planned, ({ seat }) => seat);
          for (const slots of slotsBySeat.values()) {
            for (const [index, slot] of slots.entries()) {
              expect(slot.end - slot.start).toBe(slotMinutes * MINUTE);
              expect(slot.start).toBeGreaterThanOrEqual(slots[index - 1]?.end ?? 0);
            }
          }
          const expected = Array.from({ length: 7 }, (_, ahead) => addDays(from, ahead)).flatMap((day) =>
            hours
              .filter(({ weekday }) => weekday === toWeekday(day))
              .flatMap((window) => fillWindow(zone, day, window, slotMinutes)),
          );
          const toKey = (slot: PlannedSlot) => `${new Date(slot.start).toISOString()} ${slot.seat}`;
          expect(planned.map(toKey).toSorted()).toEqual(expected.map(toKey).toSorted());
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

  async function planWeek(
    hours: readonly Hours[],
    zone: string,
    slotMinutes: number,
    from: string,
    to: string,
  ): Promise<PlannedSlot[]> {
    const clinic = await createClinicWithDoctor({ timeZone: zone, slotMinutes });
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
      `select start_time as start, end_time as end, seat
       from planned_slots(array[$1::uuid], local_time_to_instant($2::timestamp, $4), local_time_to_instant($3::timestamp, $4))
       order by start_time, seat`,
      [clinic.doctorId, from, to, zone],
    );
    return rows.map(({ start, end, seat }) => ({ start: start.getTime(), end: end.getTime(), seat }));
  }

  /** Returns the whole slots between opening and closing, for every seat. */
  function fillWindow(zone: string, day: string, { from, to, capacity }: Hours, slotMinutes: number): PlannedSlot[] {
    const length = slotMinutes * MINUTE;
    const closing = toInstant(zone, day, to);
    const slots: PlannedSlot[] = [];
    for (let start = toInstant(zone, day, from); start + length <= closing; start += length) {
      for (let seat = 1; seat <= capacity; seat += 1) slots.push({ start, end: start + length, seat });
    }
    return slots;
  }

  /** Returns the last instant with this local time or, if the local time is skipped, the instant at which it is skipped. */
  function toInstant(zone: string, day: string, minutes: number): number {
    const localTime = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE;
    const candidates = [
      localTime - readOffset(zone, localTime - DAY),
      localTime - readOffset(zone, localTime + DAY),
    ].filter((instant) => instant + readOffset(zone, instant) === localTime);
    if (candidates.length > 0) return Math.max(...candidates);
    let skip = localTime - readOffset(zone, localTime + DAY);
    while (skip + readOffset(zone, skip) < localTime) skip += MINUTE;
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
  const readWorkingHours = async (doctorId: string) =>
    (await findWorkingHours(staff, createRequest(doctorId, [])[0], doctorId))?.map(({ start, validFrom, validTo }) => [
      start,
      validFrom,
      validTo,
    ]);

  it('replaces only its own days: the previous hours stay valid before and after them', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 10 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '09:30' }], { validFrom: '2026-06-01' });
    await setHours(doctorId, [{ weekday: 3, start: '14:00', end: '14:30' }], {
      validFrom: '2026-06-15',
      validTo: '2026-06-22',
    });
    expect(await readWorkingHours(doctorId)).toEqual([
      ['09:00', '2026-06-01', '2026-06-15'],
      ['14:00', '2026-06-15', '2026-06-22'],
      ['09:00', '2026-06-22', null],
    ]);
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-06-10T09:00:00Z', '2026-06-17T14:00:00Z']);
  });

  it('replaces the parts of other templates that it overlaps, and keeps the rest', async () => {
    const { doctorId } = await createClinicWithDoctor();
    const setFrom = async (validFrom: string, validTo: string | undefined, start: string) =>
      setHours(doctorId, [{ weekday: 1, start, end: '23:00' }], { validFrom, ...(validTo && { validTo }) });
    await setFrom('2026-07-01', '2026-07-10', '01:00');
    await setFrom('2026-07-10', '2026-07-20', '02:00');
    await setFrom('2026-07-20', undefined, '03:00');
    await setFrom('2026-07-05', '2026-07-15', '04:00');
    expect(await readWorkingHours(doctorId)).toEqual([
      ['01:00', '2026-07-01', '2026-07-05'],
      ['04:00', '2026-07-05', '2026-07-15'],
      ['02:00', '2026-07-15', '2026-07-20'],
      ['03:00', '2026-07-20', null],
    ]);
    await setFrom('2026-07-04', '2026-07-21', '05:00');
    expect(await readWorkingHours(doctorId)).toEqual([
      ['01:00', '2026-07-01', '2026-07-04'],
      ['05:00', '2026-07-04', '2026-07-21'],
      ['03:00', '2026-07-21', null],
    ]);
    await setFrom('2026-06-30', undefined, '06:00');
    expect(await readWorkingHours(doctorId)).toEqual([['06:00', '2026-06-30', null]]);
  });

  it('closes its days if it has no hours', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 3 });
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    await setHours(doctorId, [], { validFrom: '2026-06-11', validTo: '2026-06-13' });
    expect(listStartTimes(await listFreeSlots(doctorId))).toEqual(['2026-06-10T09:00:00Z', '2026-06-13T09:00:00Z']);
  });

  it.each([
    ['2026-06-20', '2026-06-20'],
    ['2026-06-20', '2026-06-19'],
    [undefined, '2026-06-10'],
  ])('from %s to %s is refused and changes nothing', async (validFrom, validTo) => {
    const { doctorId } = await createClinicWithDoctor();
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    const before = [await readWorkingHours(doctorId), await countOutboxRows()];
    const result = await setWorkingHours(staff, ...createRequest(doctorId, [], { validFrom, validTo }));
    expect(result).toEqual({ outcome: 'invalid', field: 'validTo', value: `a day after ${validFrom ?? '2026-06-10'}` });
    expect([await readWorkingHours(doctorId), await countOutboxRows()]).toEqual(before);
  });
});

describe('too many hours', () => {
  const allDay = (capacity: number) => hoursEveryDay('00:00', '24:00', capacity);
  const tooMany = { outcome: 'invalid', field: 'hours', value: expect.stringContaining('at most 30000 slots') };

  // Fifty seats have 2,400 slots of half an hour a day, or 1,200 slots of an hour.
  it.each([
    [30, 12, 'done'],
    [30, 13, 'invalid'],
    [60, 25, 'done'],
    [60, 26, 'invalid'],
  ])('are counted in slots of %i minutes, %i days ahead: %s', async (slotMinutes, horizonDays, outcome) => {
    const { doctorId } = await createClinicWithDoctor({ slotMinutes, horizonDays });
    expect((await setWorkingHours(staff, ...createRequest(doctorId, allDay(50)))).outcome).toBe(outcome);
  });

  it('are refused and change nothing', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 13 });
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    const before = [await readSlots(doctorId), await countOutboxRows()];
    expect(await setWorkingHours(staff, ...createRequest(doctorId, allDay(50)))).toEqual(tooMany);
    expect([await readSlots(doctorId), await countOutboxRows()]).toEqual(before);
  });
});

describe('a change of the working hours', () => {
  it('withdraws free slots, keeps booked ones and lists the affected appointments', async () => {
    const clinic = await createClinicWithDoctor({ horizonDays: 1 });
    const { doctorId } = clinic;
    await setHours(doctorId, hoursEveryDay('09:00', '10:00'));
    const { appointmentId, cancel } = await bookSlot(clinic, '2026-06-10T09:00:00Z');
    const change = await setHours(doctorId, hoursEveryDay('14:00', '15:00'));
    expect(change).toMatchObject({ slotsCreated: 4, slotsWithdrawn: 4 });
    expect(change.conflicts.map(({ id, status }) => [id, status])).toEqual([[appointmentId, 'booked']]);
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
    const clinic = await createClinicWithDoctor({ horizonDays: 1 });
    await setHours(clinic.doctorId, hoursEveryDay('09:00', '10:00'));
    await bookSlot(clinic, '2026-06-10T09:00:00Z');
    expect((await setHours(clinic.doctorId, hoursEveryDay('08:00', '10:00'))).conflicts).toEqual([]);
  });

  it('and back reopens the same slots, and a booked slot becomes free when it is cancelled', async () => {
    const clinic = await createClinicWithDoctor({ horizonDays: 1 });
    const { doctorId } = clinic;
    await setHours(doctorId, hoursEveryDay('09:00', '10:00', 2));
    const { cancel } = await bookSlot(clinic, '2026-06-10T09:00:00Z');
    const before = await readSlots(doctorId);
    await setHours(doctorId, []);
    expect(await listFreeSlots(doctorId)).toEqual([]);
    const change = await setHours(doctorId, hoursEveryDay('09:00', '10:00', 2));
    expect(change).toMatchObject({ slotsCreated: 8, slotsWithdrawn: 0, conflicts: [] });
    const withoutVersion = ({ id, status, status_when_released }: Slot) => ({ id, status, status_when_released });
    expect((await readSlots(doctorId)).map(withoutVersion)).toEqual(before.map(withoutVersion));
    expect(await cancel()).toBe('done');
    expect(await listFreeSlots(doctorId)).toHaveLength(8);
    await expectOutboxComplete(doctorId);
  });

  it('to a smaller capacity withdraws the last seats', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 1 });
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
    const clinic = await createClinicWithDoctor({ doctors: 2, horizonDays: 1 });
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
  it('keeps booked slots of the old length, and plans new slots for their time once they are released', async () => {
    const clinic = await createClinicWithDoctor({ horizonDays: 1 });
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

  it('is not blocked by an expired hold that is still stored as pending', async () => {
    const clinic = await createClinicWithDoctor({ horizonDays: 1 });
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
    const { doctorId, clinicId } = await createClinicWithDoctor({ horizonDays: 1 });
    await setHours(doctorId, [{ weekday: 3, start: '09:00', end: '11:00' }]);
    const before = (await listFreeSlots(doctorId)).map(({ id }) => id);
    for (const minutes of [60, 45, 30]) {
      await owner.query('update clinics set slot_minutes = $2 where id = $1', [clinicId, minutes]);
      await planSlots(job, doctorId, 'a run');
      await expectNoOverlap(doctorId);
    }
    expect((await listFreeSlots(doctorId)).map(({ id }) => id)).toEqual(before);
  });

  it('and back works while a slot of the other length is booked', async () => {
    const clinic = await createClinicWithDoctor({ horizonDays: 1 });
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

describe('repeated planning', () => {
  it('changes nothing: no version and no outbox row', async () => {
    const clinic = await createClinicWithDoctor({ horizonDays: 3 });
    await setHours(clinic.doctorId, hoursEveryDay('09:00', '12:00', 2));
    await bookSlot(clinic, '2026-06-11T09:00:00Z');
    await setHours(clinic.doctorId, hoursEveryDay('10:00', '13:00'));
    const before = [await readSlots(clinic.doctorId), await countOutboxRows()];
    expect(await planSlots(job, clinic.doctorId, 'a run')).toEqual({ created: 0, reopened: 0, withdrawn: 0 });
    expect([await readSlots(clinic.doctorId), await countOutboxRows()]).toEqual(before);
  });

  it('adds one day on the next day', async () => {
    const { doctorId } = await createClinicWithDoctor({ horizonDays: 2 });
    await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    await setClock('2026-06-11T00:00:00Z');
    expect(await planSlots(job, doctorId, 'a run')).toEqual({ created: 1, reopened: 0, withdrawn: 0 });
    expect((await listFreeSlots(doctorId)).at(-1)?.start).toBe('2026-06-13T09:00:00Z');
    await expectOutboxComplete(doctorId);
  });

  it('withdraws all slots of a doctor who has left', async () => {
    const clinic = await createClinicWithDoctor();
    await setHours(clinic.doctorId, hoursEveryDay('09:00', '10:00'));
    await bookSlot(clinic, '2026-06-11T09:00:00Z');
    await owner.query('update doctors set active = false where id = $1', [clinic.doctorId]);
    expect(await planSlots(job, clinic.doctorId, 'a run')).toMatchObject({ created: 0, withdrawn: 6 });
    expect(
      (await readSlots(clinic.doctorId)).every(({ status_when_released }) => status_when_released === 'withdrawn'),
    ).toBe(true);
    await expectOutboxComplete(clinic.doctorId);
  });

  it('does nothing for an unknown doctor', async () => {
    expect(await planSlots(job, randomUUID(), 'a run')).toEqual({ created: 0, reopened: 0, withdrawn: 0 });
  });
});

describe('the daily job', () => {
  it('plans the slots of every active doctor, and can be repeated', async () => {
    await owner.query('update doctors set active = false');
    const clinic = await createClinicWithDoctor({ doctors: 3, horizonDays: 1 });
    for (const doctorId of clinic.doctorIds) await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    await setClock('2026-06-11T00:00:00Z');
    expect(await generateSlots(job)).toEqual({ doctors: 3, created: 3, withdrawn: 0 });
    expect(await generateSlots(job)).toEqual({ doctors: 3, created: 0, withdrawn: 0 });
  });

  it('continues after planning fails for a doctor, and throws at the end', async () => {
    await owner.query('update doctors set active = false');
    const clinic = await createClinicWithDoctor({ doctors: 3, horizonDays: 1 });
    for (const doctorId of clinic.doctorIds) await setHours(doctorId, hoursEveryDay('09:00', '09:30'));
    // Two of three doctors fail. In any order, another doctor follows the first failure.
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

it('doctors are planned in random order, because each must be reached even if every run is cut off', async () => {
  await owner.query('update doctors set active = false');
  const { doctorIds } = await createClinicWithDoctor({ doctors: 12 });
  const runs = await Promise.all(Array.from({ length: 5 }, () => listActiveDoctorIds(job)));
  for (const run of runs) expect(run.toSorted()).toEqual(doctorIds.toSorted());
  expect(new Set(runs.map(String)).size).toBe(5);
});

describe('concurrent planning', () => {
  it('blocks only the bookings of slots that it changes', async () => {
    const clinic = await createClinicWithDoctor({ horizonDays: 2 });
    const { doctorId } = clinic;
    await setHours(doctorId, hoursEveryDay('09:00', '12:00'));
    /** Books after a plan that is not committed, and rolls the plan back. */
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

  it('causes no deadlocks and no overlaps with changes of hours, bookings and cancellations', async () => {
    const clinic = await createClinicWithDoctor({ horizonDays: 3 });
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
          const booking = {
            clinicId: clinic.clinicId,
            startTime,
            slots: 1 + (round % 2),
            type: 'in_person',
            hold: false,
          } as const;
          const { result } = await executeBookAppointment(db, createCommand(sub), randomUUID(), booking);
          outcomes.add(result.outcome);
          if (result.outcome !== 'done' || round % 3 === 0) continue;
          const cancelled = await changeAppointment(db, createCommand(sub), 'cancel', result.appointment.id);
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
    const { rows: inconsistentSlots } = await owner.query(
      `select slots.id from availability_slots slots
       where doctor_id = $1 and (status = 'booked') <> exists (select from appointment_slots where slot_id = slots.id and active)`,
      [doctorId],
    );
    expect(inconsistentSlots).toEqual([]);
  });
});
