import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { countUrgentConflicts } from '../../../lambdas/schedules/schedules.sql.ts';
import { insertAdmin, insertClinic, insertPatients } from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { type Api, createClaims, createInProcessApi } from '../../support/http/in-process-api.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

let database: TestDatabase;
let owner: pg.Client;
let api: Api;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  api = createInProcessApi((role) => database.connectAs(role));
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

// A Wednesday. The clinics of these tests are in UTC, and open from 09:00 to 11:00 in slots of 30 minutes, seven days ahead.
beforeEach(() =>
  owner.query(
    `create or replace function clock() returns timestamptz language sql stable as $$ select '2026-06-10T08:00:00Z'::timestamptz $$`,
  ),
);

const ALL_WEEK = [1, 2, 3, 4, 5, 6, 7];
const FRIDAY = { type: 'holiday', from: '2026-06-12', to: '2026-06-13' };

interface Change {
  readonly slotsCreated: number;
  readonly slotsWithdrawn: number;
  readonly slotsClosed: number;
  readonly conflicts: readonly { readonly id: string }[];
  readonly exception: { readonly id: string };
}

interface Desk {
  readonly clinicId: string;
  readonly doctorId: string;
  readonly doctorIds: readonly string[];
  readonly doctor: object;
  readonly admin: object;
  setHours(start: string, end: string, more?: object): Promise<Change>;
  addException(exception: object, query?: Record<string, string>): Promise<Change>;
  removeException(exceptionId: string): Promise<Change>;
  book(startTime: string, more?: object): Promise<BookedAppointment>;
  listFree(): Promise<string[]>;
}

interface BookedAppointment {
  readonly id: string;
  readonly slotIds: readonly string[];
  cancel(): Promise<number>;
  read(): Promise<{ status: string; conflict_id: string | null; version: number }>;
}

async function call<Body = Change>(
  route: string,
  path: Record<string, string>,
  claims: object,
  more: { body?: unknown; query?: Record<string, string> } = {},
): Promise<{ status: number; body: Body }> {
  const response = await api({ route, path, claims, ...more });
  return { status: response.status, body: response.body as Body };
}

async function expectDone<Body>(response: Promise<{ status: number; body: Body }>): Promise<Body> {
  const { status, body } = await response;
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

async function openClinic({ doctors = 1, timeZone = 'UTC' } = {}): Promise<Desk> {
  const { clinicId, doctorIds } = await insertClinic(owner, { doctors, horizonDays: 7, timeZone, noticeMinutes: 0 });
  const [doctorId = ''] = doctorIds;
  const doctor = createClaims(`doctor-${doctorId}`, 'doctor');
  const admin = createClaims(await insertAdmin(owner, clinicId), 'admin');
  const setHours = (id: string, start: string, end: string, more = {}) =>
    expectDone(
      call('POST /doctors/{doctorId}/availability', { doctorId: id }, admin, {
        body: { hours: ALL_WEEK.map((weekday) => ({ weekday, start, end, ...more })) },
      }),
    );
  for (const id of doctorIds) await setHours(id, '09:00', '11:00');
  return {
    clinicId,
    doctorId,
    doctorIds,
    doctor,
    admin,
    setHours: (start, end, more) => setHours(doctorId, start, end, more),
    addException: (body, query) =>
      expectDone(call('POST /doctors/{doctorId}/exceptions', { doctorId }, doctor, { body, ...(query && { query }) })),
    removeException: (exceptionId) =>
      expectDone(call('DELETE /doctors/{doctorId}/exceptions/{exceptionId}', { doctorId, exceptionId }, doctor)),
    book: (startTime, more = {}) => book({ clinicId, doctorId, startTime, ...more }),
    listFree: async () => {
      const { rows } = await owner.query<{ start: string }>(
        `select to_utc_text(start_time) as start from availability_slots
         where doctor_id = $1 and status = 'free' and start_time < '2026-06-13' order by start_time, seat`,
        [doctorId],
      );
      return rows.map(({ start }) => start.slice(8, 16));
    },
  };
}

async function book(body: object): Promise<BookedAppointment> {
  const [sub = ''] = await insertPatients(owner, 1);
  const claims = createClaims(sub, 'patient');
  const { id, slotIds } = await expectDone(
    call<{ id: string; slotIds: string[] }>('POST /appointments', {}, claims, { body }),
  );
  return {
    id,
    slotIds,
    cancel: async () => (await call('POST /appointments/{appointmentId}/cancel', { appointmentId: id }, claims)).status,
    read: async () =>
      (await owner.query('select status, conflict_id, version from appointments where id = $1', [id])).rows[0],
  };
}

const countRows = async (table: string) => Number((await owner.query(`select count(*) from ${table}`)).rows[0].count);

const MORNINGS = ['09:00', '09:30', '10:00', '10:30'];
const onDay = (day: number, times = MORNINGS) => times.map((time) => `${day}T${time}`);

describe('a holiday', () => {
  it('closes its days, and its removal offers them again', async () => {
    const desk = await openClinic();
    const added = await desk.addException(FRIDAY);
    expect(added).toMatchObject({
      slotsCreated: 0,
      slotsWithdrawn: 0,
      slotsClosed: 4,
      conflicts: [],
      exception: FRIDAY,
    });
    expect(await desk.listFree()).toEqual([...onDay(10), ...onDay(11)]);
    expect(await desk.removeException(added.exception.id)).toMatchObject({ slotsCreated: 4, slotsClosed: 0 });
    expect(await desk.listFree()).toEqual([...onDay(10), ...onDay(11), ...onDay(12)]);
  });

  it('covers the local days of the clinic', async () => {
    const desk = await openClinic({ timeZone: 'Pacific/Auckland' });
    await desk.addException(FRIDAY);
    // 09:00 to 11:00 there is 21:00 to 23:00 UTC of the day before.
    expect((await desk.listFree()).filter((start) => start.startsWith('11'))).toEqual([]);
    expect((await desk.listFree()).filter((start) => start.startsWith('10'))).toHaveLength(4);
  });

  it('also closes the days that become bookable later', async () => {
    const desk = await openClinic();
    await desk.addException({ type: 'holiday', from: '2026-06-18', to: '2026-06-19' });
    await owner.query(
      `create or replace function clock() returns timestamptz language sql stable as $$ select '2026-06-12T08:00:00Z'::timestamptz $$`,
    );
    await owner.query(`select plan_doctor($1, 'a run')`, [desk.doctorId]);
    const { rows } = await owner.query(
      `select distinct status from availability_slots where doctor_id = $1 and start_time >= '2026-06-18' and start_time < '2026-06-19'`,
      [desk.doctorId],
    );
    expect(rows).toEqual([{ status: 'holiday' }]);
  });

  it('keeps appointments, which are conflicts until they fit again', async () => {
    const desk = await openClinic({ doctors: 2 });
    const affected = await desk.book('2026-06-12T09:30:00Z');
    const other = await desk.book('2026-06-11T09:30:00Z');
    const added = await desk.addException(FRIDAY);
    expect(added.conflicts).toMatchObject([{ id: affected.id, status: 'booked', version: 2 }]);
    expect(await other.read()).toMatchObject({ conflict_id: null, version: 1 });
    const list = () =>
      call<{ items: object[] }>('GET /doctors/{doctorId}/conflicts', { doctorId: desk.doctorId }, desk.doctor);
    expect((await list()).body.items).toMatchObject([
      {
        appointment: { id: affected.id },
        alternatives: [
          { startTime: '2026-06-10T09:00:00Z', doctor: { id: desk.doctorId } },
          { startTime: '2026-06-10T09:30:00Z', doctor: { id: desk.doctorId } },
          { startTime: '2026-06-10T09:00:00Z', doctor: { id: desk.doctorIds[1] } },
        ],
      },
    ]);
    const ofClinic = await call<{ items: object[] }>(
      'GET /clinics/{clinicId}/conflicts',
      { clinicId: desk.clinicId },
      desk.admin,
    );
    expect(ofClinic.body.items).toHaveLength(1);
    await desk.removeException(added.exception.id);
    expect(await affected.read()).toMatchObject({ status: 'booked', conflict_id: null, version: 3 });
    expect((await list()).body.items).toEqual([]);
    expect(await resolutions(affected.id)).toEqual([{ resolution: 'fits_again', resolved_by: 'system' }]);
  });

  it('does not offer the doctor when an appointment in conflict is cancelled', async () => {
    const desk = await openClinic();
    const affected = await desk.book('2026-06-12T09:30:00Z');
    await desk.addException(FRIDAY);
    expect(await affected.cancel()).toBe(200);
    expect((await desk.listFree()).filter((start) => start.startsWith('12'))).toEqual([]);
    expect(await affected.read()).toMatchObject({ status: 'cancelled', conflict_id: null });
    expect(await resolutions(affected.id)).toEqual([{ resolution: 'cancelled', resolved_by: 'patient' }]);
  });

  it('of a clinic closes the days of all its doctors, and of no others', async () => {
    const desk = await openClinic({ doctors: 3 });
    const elsewhere = await openClinic();
    const added = await expectDone(
      call('POST /clinics/{clinicId}/exceptions', { clinicId: desk.clinicId }, desk.admin, { body: FRIDAY }),
    );
    expect(added.slotsClosed).toBe(12);
    expect((await elsewhere.listFree()).filter((start) => start.startsWith('12'))).toHaveLength(4);
    const path = { clinicId: desk.clinicId, exceptionId: added.exception.id };
    const removed = await expectDone(call('DELETE /clinics/{clinicId}/exceptions/{exceptionId}', path, desk.admin));
    expect(removed.slotsCreated).toBe(12);
  });
});

const resolutions = async (appointmentId: string) =>
  (
    await owner.query('select resolution, resolved_by from schedule_conflicts where appointment_id = $1', [
      appointmentId,
    ])
  ).rows;

it('counts the booked conflicts that start within the notice of the clinic, or within an hour', async () => {
  const desk = await openClinic();
  const affected = await desk.book('2026-06-12T09:00:00Z');
  await desk.book('2026-06-12T10:00:00Z');
  await desk.addException(FRIDAY);
  const job = database.connectAs('expire_holds');
  const countAt = async (instant: string, noticeMinutes: number) => {
    await owner.query('update clinics set notice_minutes = $2 where id = $1', [desk.clinicId, noticeMinutes]);
    await owner.query(
      `create or replace function clock() returns timestamptz language sql stable as $$ select '${instant}'::timestamptz $$`,
    );
    const clinics = await countUrgentConflicts(job);
    return clinics.find(({ clinicId }) => clinicId === desk.clinicId)?.count ?? 0;
  };
  expect(await countAt('2026-06-12T06:59:00Z', 120)).toBe(0);
  expect(await countAt('2026-06-12T07:00:00Z', 120)).toBe(1);
  expect(await countAt('2026-06-12T08:00:00Z', 120)).toBe(2);
  expect(await countAt('2026-06-12T08:00:00Z', 0)).toBe(1);
  expect(await countAt('2026-06-12T09:00:00Z', 0)).toBe(1);
  expect(await countAt('2026-06-12T10:00:00Z', 0)).toBe(0);
  expect(await countAt('2026-06-12T07:00:00Z', 180)).toBe(2);
  await affected.cancel();
  expect(await countAt('2026-06-12T07:00:00Z', 180)).toBe(1);
});

describe('notifications of a conflict', () => {
  it('go to the patient once, and not for a hold until it is confirmed', async () => {
    const desk = await openClinic();
    const affected = await desk.book('2026-06-12T09:30:00Z');
    const held = await desk.book('2026-06-12T10:00:00Z', { hold: true });
    await desk.addException(FRIDAY);
    await desk.addException({ type: 'blocked', from: '2026-06-12T09:00:00Z', to: '2026-06-12T11:00:00Z' });
    await owner.query('select plan_notifications(null, 1000)');
    const planned = (id: string) =>
      owner.query(
        `select recipient, channel from notifications where appointment_id = $1 and kind = 'appointment_conflict'`,
        [id],
      );
    expect((await planned(affected.id)).rows).toEqual([{ recipient: 'patient', channel: 'email' }]);
    expect((await planned(held.id)).rows).toEqual([]);
    const { rows } = await owner.query(
      'select cognito_sub as sub from patients p join appointments a on a.patient_id = p.id where a.id = $1',
      [held.id],
    );
    const confirmed = await call(
      'POST /appointments/{appointmentId}/confirm',
      { appointmentId: held.id },
      createClaims(rows[0].sub, 'patient'),
    );
    expect(confirmed.status).toBe(200);
    await owner.query('select plan_notifications(null, 1000)');
    expect((await planned(held.id)).rows).toEqual([{ recipient: 'patient', channel: 'email' }]);
  });
});

describe('blocked time', () => {
  it('closes every slot that it meets, also in extra hours', async () => {
    const desk = await openClinic();
    await desk.addException({ type: 'extra_hours', from: '2026-06-12T12:00:00Z', to: '2026-06-12T13:00:00Z' });
    await desk.addException({ type: 'blocked', from: '2026-06-12T09:45:00Z', to: '2026-06-12T12:10:00Z' });
    expect((await desk.listFree()).filter((start) => start.startsWith('12'))).toEqual(onDay(12, ['09:00', '12:30']));
  });
});

describe('extra hours', () => {
  it('add slots with their seats, also on a holiday of the clinic, and their removal withdraws them', async () => {
    const desk = await openClinic();
    await call('POST /clinics/{clinicId}/exceptions', { clinicId: desk.clinicId }, desk.admin, { body: FRIDAY });
    const extra = { type: 'extra_hours', from: '2026-06-12T10:30:00Z', to: '2026-06-12T11:30:00Z', capacity: 2 };
    const added = await desk.addException(extra);
    // The slot at 10:30 belongs to the working hours, and is closed.
    expect(added.slotsCreated).toBe(2);
    expect((await desk.listFree()).filter((start) => start.startsWith('12'))).toEqual(['12T11:00', '12T11:00']);
    expect(await desk.removeException(added.exception.id)).toMatchObject({ slotsWithdrawn: 2 });
  });

  it('must not overlap with other extra hours', async () => {
    const desk = await openClinic();
    const extra = { type: 'extra_hours', from: '2026-06-12T12:00:00Z', to: '2026-06-12T13:00:00Z' };
    await desk.addException(extra);
    const path = { doctorId: desk.doctorId };
    const again = await call('POST /doctors/{doctorId}/exceptions', path, desk.doctor, { body: extra });
    expect(again).toMatchObject({ status: 400, body: { errors: [{ path: 'body.from' }] } });
  });
});

describe('a dry run', () => {
  it('returns what would happen, and changes nothing', async () => {
    const desk = await openClinic();
    const affected = await desk.book('2026-06-12T09:30:00Z');
    const tables = ['schedule_exceptions', 'schedule_conflicts', 'outbox', 'audit_log'];
    const readState = async () => {
      const counts: number[] = [];
      for (const table of tables) counts.push(await countRows(table));
      return { free: await desk.listFree(), appointment: await affected.read(), counts };
    };
    const before = await readState();
    const path = { doctorId: desk.doctorId };
    const request = { body: FRIDAY, query: { dryRun: 'true' } };
    const tried = await call('POST /doctors/{doctorId}/exceptions', path, desk.doctor, request);
    expect(tried).toMatchObject({ status: 200, body: { slotsClosed: 4, conflicts: [{ id: affected.id }] } });
    const hours = await call('POST /doctors/{doctorId}/availability', path, desk.doctor, {
      body: { hours: [] },
      query: { dryRun: 'true' },
    });
    expect(hours).toMatchObject({ status: 200, body: { hours: [], conflicts: [{ id: affected.id }] } });
    const slot = await call('PATCH /slots/{slotId}', { slotId: affected.slotIds[0] ?? '' }, desk.doctor, {
      body: { status: 'blocked' },
      query: { dryRun: 'true' },
    });
    expect(slot).toMatchObject({ status: 200, body: { conflicts: [{ id: affected.id }] } });
    expect(await readState()).toEqual(before);
    expect(await desk.addException(FRIDAY)).toMatchObject({ slotsClosed: 4, conflicts: [{ id: affected.id }] });
  });
});

describe('a single slot', () => {
  const findSlot = async (doctorId: string, start: string): Promise<string> =>
    (await owner.query('select id from availability_slots where doctor_id = $1 and start_time = $2', [doctorId, start]))
      .rows[0].id;
  const setStatus = (desk: Desk, slotId: string, status: string, claims = desk.doctor) =>
    call<{ slot: { status: string }; code: string }>('PATCH /slots/{slotId}', { slotId }, claims, { body: { status } });

  it('is blocked and offered again, and both can be repeated', async () => {
    const desk = await openClinic();
    const slotId = await findSlot(desk.doctorId, '2026-06-11T09:30:00Z');
    for (const status of ['blocked', 'blocked', 'free', 'free']) {
      expect(await setStatus(desk, slotId, status)).toMatchObject({
        status: 200,
        body: { slot: { id: slotId, status } },
      });
    }
    expect(await desk.listFree()).toContain('11T09:30');
  });

  it('stays blocked while the hours move away and back', async () => {
    const desk = await openClinic();
    await setStatus(desk, await findSlot(desk.doctorId, '2026-06-11T09:30:00Z'), 'blocked');
    await desk.setHours('13:00', '14:00');
    await desk.setHours('09:00', '11:00');
    expect(await desk.listFree()).toEqual([...onDay(10), ...onDay(11, ['09:00', '10:00', '10:30']), ...onDay(12)]);
  });

  it('on a holiday cannot be offered', async () => {
    const desk = await openClinic();
    await desk.addException(FRIDAY);
    const response = await setStatus(desk, await findSlot(desk.doctorId, '2026-06-12T09:30:00Z'), 'free');
    expect(response).toMatchObject({ status: 409, body: { code: 'closed_by_exception' } });
  });

  it('that is past or withdrawn, or of another doctor, is refused', async () => {
    const desk = await openClinic({ doctors: 2 });
    const elsewhere = await openClinic();
    const slotId = await findSlot(desk.doctorId, '2026-06-11T09:30:00Z');
    const colleague = createClaims(`doctor-${desk.doctorIds[1]}`, 'doctor');
    for (const claims of [colleague, elsewhere.doctor, elsewhere.admin])
      expect(await setStatus(desk, slotId, 'blocked', claims)).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
    expect(await setStatus(desk, randomUUID(), 'blocked')).toMatchObject({ status: 404 });
    await owner.query(
      `create or replace function clock() returns timestamptz language sql stable as $$ select '2026-06-11T09:30:00Z'::timestamptz $$`,
    );
    expect(await setStatus(desk, slotId, 'blocked')).toMatchObject({ status: 422, body: { code: 'not_bookable' } });
    await desk.setHours('13:00', '14:00');
    const later = await findSlot(desk.doctorId, '2026-06-12T09:30:00Z');
    expect(await setStatus(desk, later, 'blocked')).toMatchObject({ status: 404 });
  });
});

describe('a smaller capacity', () => {
  const TIME = '2026-06-11T09:00:00Z';
  const bookTwo = async (desk: Desk) => {
    await desk.setHours('09:00', '09:30', { capacity: 2 });
    return [await desk.book(TIME), await desk.book(TIME)] as const;
  };
  const isOffered = async (desk: Desk) => (await desk.listFree()).includes('11T09:00');

  it('does not offer a seat while another appointment takes the capacity', async () => {
    const desk = await openClinic();
    const [first, second] = await bookTwo(desk);
    expect(await first.cancel()).toBe(200);
    await desk.setHours('09:00', '09:30');
    expect(await isOffered(desk)).toBe(false);
    expect(await second.cancel()).toBe(200);
    expect(await isOffered(desk)).toBe(true);
  });

  it('does not offer a seat that is released later', async () => {
    const desk = await openClinic();
    const [first, second] = await bookTwo(desk);
    const { conflicts } = await desk.setHours('09:00', '09:30');
    // One of two appointments is too many: that of the second seat.
    expect(conflicts).toMatchObject([{ id: second.id }]);
    expect(await first.cancel()).toBe(200);
    expect(await isOffered(desk)).toBe(false);
    expect(await second.cancel()).toBe(200);
    expect(await isOffered(desk)).toBe(true);
  });
});

describe('a released slot outside the hours', () => {
  it('makes room at once for the slot that takes its time', async () => {
    const desk = await openClinic();
    const booked = await desk.book('2026-06-11T09:00:00Z');
    await desk.setHours('09:15', '10:15');
    expect((await desk.listFree()).filter((start) => start.startsWith('11'))).toEqual(['11T09:45']);
    expect(await booked.cancel()).toBe(200);
    expect((await desk.listFree()).filter((start) => start.startsWith('11'))).toEqual(['11T09:15', '11T09:45']);
    expect(await countRows('planning_requests')).toBe(0);
  });
});

describe('a doctor who leaves', () => {
  const setActive = (desk: Desk, active: boolean, claims = desk.admin) =>
    call('PATCH /doctors/{doctorId}', { doctorId: desk.doctorId }, claims, { body: { active } });

  it('has no slots and no access, and their appointments are conflicts with colleagues as alternatives', async () => {
    const desk = await openClinic({ doctors: 2 });
    const booked = await desk.book('2026-06-11T09:30:00Z');
    expect(await setActive(desk, false)).toMatchObject({ status: 200, body: { conflicts: [{ id: booked.id }] } });
    expect(await desk.listFree()).toEqual([]);
    const range = { from: '2026-06-10T00:00:00Z', to: '2026-06-12T00:00:00Z' };
    const path = { doctorId: desk.doctorId };
    expect(await call('GET /doctors/{doctorId}/schedule', path, desk.doctor, { query: range })).toMatchObject({
      status: 404,
    });
    const conflicts = await call<{ items: { alternatives: object[] }[] }>(
      'GET /doctors/{doctorId}/conflicts',
      path,
      desk.admin,
    );
    const [, colleagueId] = desk.doctorIds;
    expect(conflicts.body.items[0]?.alternatives).toMatchObject(Array(3).fill({ doctor: { id: colleagueId } }));
    expect(await setActive(desk, true)).toMatchObject({ status: 200, body: { conflicts: [] } });
    expect(await booked.read()).toMatchObject({ status: 'booked', conflict_id: null });
    expect(await desk.listFree()).toHaveLength(11);
  });

  it('cannot be deactivated by themselves or by another clinic, nor activated without a login', async () => {
    const desk = await openClinic();
    const elsewhere = await openClinic();
    expect(await setActive(desk, false, desk.doctor)).toMatchObject({ status: 403 });
    expect(await setActive(desk, false, elsewhere.admin)).toMatchObject({ status: 404 });
    await owner.query('update doctors set active = false, cognito_sub = null where id = $1', [desk.doctorId]);
    expect(await setActive(desk, true)).toMatchObject({ status: 400 });
  });
});

describe('hours in every second week', () => {
  it('are counted from the week of their anchor', async () => {
    const desk = await openClinic();
    const change = await desk.setHours('09:00', '09:30', { everyWeeks: 2, anchor: '2026-06-17' });
    // The week of Wednesday, 17 June, begins on Monday, 15 June.
    expect(await desk.listFree()).toEqual([]);
    const { rows } = await owner.query(
      `select distinct (start_time at time zone 'UTC')::date::text as day from availability_slots where doctor_id = $1 and status = 'free' order by 1`,
      [desk.doctorId],
    );
    expect(rows.map(({ day }) => day)).toEqual(['2026-06-15', '2026-06-16', '2026-06-17']);
    expect(change).toMatchObject({
      hours: expect.arrayContaining([expect.objectContaining({ everyWeeks: 2, anchor: '2026-06-17' })]),
    });
  });
});

describe("a slot length of the doctor's own", () => {
  it("replaces the clinic's, and appointments that still fit are no conflicts", async () => {
    const desk = await openClinic();
    const booked = await desk.book('2026-06-11T09:30:00Z');
    const body = { hours: ALL_WEEK.map((weekday) => ({ weekday, start: '09:00', end: '11:00' })), slotMinutes: 20 };
    const path = { doctorId: desk.doctorId };
    expect(await expectDone(call('POST /doctors/{doctorId}/availability', path, desk.doctor, { body }))).toMatchObject({
      conflicts: [],
    });
    expect((await desk.listFree()).filter((start) => start.startsWith('11'))).toEqual(
      onDay(11, ['09:00', '10:00', '10:20', '10:40']),
    );
    expect(await booked.read()).toMatchObject({ status: 'booked', conflict_id: null });
  });
});

describe('bad input', () => {
  it.each([
    ['an end before the start', { ...FRIDAY, to: '2026-06-11' }, 'body.to'],
    ['an end at the start', { ...FRIDAY, to: FRIDAY.from }, 'body.to'],
    ['a date and a time', { ...FRIDAY, to: '2026-06-13T00:00:00Z' }, 'body.to'],
    ['a time without an offset', { ...FRIDAY, from: '2026-06-12T09:00:00', to: '2026-06-12T10:00:00' }, 'body.from'],
    ['a day that does not exist', { ...FRIDAY, from: '2026-02-30' }, 'body.from'],
    ['an exception in the past', { type: 'holiday', from: '2026-06-01', to: '2026-06-03' }, 'body.to'],
    ['three years', { ...FRIDAY, to: '2029-06-12' }, 'body.to'],
    ['seats of a holiday', { ...FRIDAY, capacity: 2 }, 'body.capacity'],
    ['an unknown type', { ...FRIDAY, type: 'party' }, 'body.type'],
  ])('%s names the field, and changes nothing', async (_, body, path) => {
    const desk = await openClinic();
    const before = await countRows('schedule_exceptions');
    const response = await call('POST /doctors/{doctorId}/exceptions', { doctorId: desk.doctorId }, desk.doctor, {
      body,
    });
    expect(response).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(JSON.stringify(response.body)).toContain(`"path":"${path}"`);
    expect(await countRows('schedule_exceptions')).toBe(before);
  });

  it("of somebody else's schedule is not found", async () => {
    const desk = await openClinic({ doctors: 2 });
    const elsewhere = await openClinic();
    const added = await desk.addException(FRIDAY);
    const colleague = createClaims(`doctor-${desk.doctorIds[1]}`, 'doctor');
    const range = { from: '2026-06-10T00:00:00Z', to: '2026-06-20T00:00:00Z' };
    for (const claims of [colleague, elsewhere.doctor, elsewhere.admin]) {
      const path = { doctorId: desk.doctorId };
      const calls = [
        call('POST /doctors/{doctorId}/exceptions', path, claims, { body: FRIDAY }),
        call('GET /doctors/{doctorId}/exceptions', path, claims, { query: range }),
        call('GET /doctors/{doctorId}/conflicts', path, claims),
        call(
          'DELETE /doctors/{doctorId}/exceptions/{exceptionId}',
          { ...path, exceptionId: added.exception.id },
          claims,
        ),
      ];
      for (const { status } of await Promise.all(calls)) expect(status).toBe(404);
    }
    const clinicPath = { clinicId: desk.clinicId };
    for (const { status } of await Promise.all([
      call('POST /clinics/{clinicId}/exceptions', clinicPath, elsewhere.admin, { body: FRIDAY }),
      call('GET /clinics/{clinicId}/exceptions', clinicPath, elsewhere.admin, { query: range }),
      call('GET /clinics/{clinicId}/conflicts', clinicPath, elsewhere.admin),
    ]))
      expect(status).toBe(404);
    // Nor can an exception be removed by the path of another schedule.
    const wrongPath = { doctorId: elsewhere.doctorId, exceptionId: added.exception.id };
    expect(
      await call('DELETE /doctors/{doctorId}/exceptions/{exceptionId}', wrongPath, elsewhere.doctor),
    ).toMatchObject({ status: 404 });
  });
});

describe('concurrent changes of a schedule, bookings, holds and cancellations', () => {
  /** The free slots at times at which more seats would be taken than the doctor has then, if all of them were booked. */
  const findOverbookable = async (doctorId: string) =>
    (
      await owner.query(
        `select slots.id from availability_slots slots
         join lateral (
           select coalesce(max(capacity), 0) as seats from openings(array[slots.doctor_id], slots.start_time, slots.end_time) o
           where o.start_time <= slots.start_time and o.end_time >= slots.end_time) capacity on true
         where slots.doctor_id = $1 and slots.status = 'free' and capacity.seats < (
           select count(distinct other.seat) from availability_slots other
           where other.doctor_id = slots.doctor_id and other.status in ('free', 'held', 'booked')
             and other.start_time < slots.end_time and other.end_time > slots.start_time)`,
        [doctorId],
      )
    ).rows;

  it('lose nothing, exceed no capacity, forget no conflict and cause no deadlock', async () => {
    const desk = await openClinic({ doctors: 2 });
    await desk.setHours('09:00', '11:00', { capacity: 2 });
    const failures: unknown[] = [];
    const pool = Array.from({ length: 8 }, () => createInProcessApi((role) => database.connectAs(role)));
    const path = { doctorId: desk.doctorId };
    const clinicPath = { clinicId: desk.clinicId };
    const hours = (start: string, end: string, capacity: number) => ({
      hours: ALL_WEEK.map((weekday) => ({ weekday, start, end, capacity })),
    });
    const templates = [
      hours('09:00', '11:00', 2),
      hours('09:15', '11:15', 1),
      hours('09:00', '11:00', 1),
      { hours: [] },
    ];
    const run = async (worker: number, route: string, rest: object): Promise<{ status: number; body: unknown }> => {
      const response = await (pool[worker % pool.length] as Api)({ route, ...rest });
      if (response.status >= 500) failures.push({ route, ...response });
      return response;
    };
    const planners = [0, 1, 2].map(async (worker) => {
      for (let round = 0; round < 10; round += 1) {
        const body = templates[(worker + round) % templates.length];
        await run(worker, 'POST /doctors/{doctorId}/availability', { path, claims: desk.doctor, body });
        const [root, ownPath, claims] =
          round % 2
            ? (['/clinics/{clinicId}', clinicPath, desk.admin] as const)
            : (['/doctors/{doctorId}', path, desk.doctor] as const);
        const exception = {
          type: round % 3 ? 'blocked' : 'holiday',
          from: '2026-06-11T09:00:00Z',
          to: '2026-06-11T10:10:00Z',
        };
        const added = await run(worker, `POST ${root}/exceptions`, { path: ownPath, claims, body: exception });
        if (round % 4 === 3) continue;
        const {
          exception: { id: exceptionId },
        } = added.body as Change;
        await run(worker, `DELETE ${root}/exceptions/{exceptionId}`, { path: { ...ownPath, exceptionId }, claims });
      }
    });
    const statuses = new Set<number>();
    const bookers = (await insertPatients(owner, 5)).map(async (sub, index) => {
      const claims = createClaims(sub, 'patient');
      for (let round = 0; round < 25; round += 1) {
        const startTime = new Date(Date.UTC(2026, 5, 10 + (round % 3), 9, 15 * ((index + round) % 8))).toISOString();
        const body = { clinicId: desk.clinicId, doctorId: desk.doctorId, startTime, hold: round % 4 === 0 };
        const booked = await run(index + 3, 'POST /appointments', { claims, body });
        statuses.add(booked.status);
        if (booked.status !== 201 || round % 3 === 0) continue;
        const appointmentId = (booked.body as { id: string }).id;
        await run(index + 3, 'POST /appointments/{appointmentId}/cancel', { path: { appointmentId }, claims });
      }
    });
    await Promise.all([...planners, ...bookers]);
    expect(failures).toEqual([]);
    expect(statuses).toContain(201);
    await expectDone(call('POST /doctors/{doctorId}/availability', path, desk.doctor, { body: templates[0] }));
    while ((await owner.query(`select plan_requested_doctor(null, 'a run') as id`)).rows[0].id);

    expect(await findOverbookable(desk.doctorId)).toEqual([]);
    const { rows: differences } = await owner.query(
      `select * from slot_changes(array[$1::uuid], clock(), clock() + interval '7 days', clock())`,
      [desk.doctorId],
    );
    expect(differences).toEqual([]);
    const { rows: marks } = await owner.query(
      `select a.id from appointments a
       full join (select * from schedule_conflicts where resolution is null) c on c.appointment_id = a.id
       where c.id is distinct from a.conflict_id`,
    );
    expect(marks).toEqual([]);
    expect(await countRows('planning_requests')).toBe(0);
    const { rows } = await owner.query(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  });

  it('do not wait for a run that has nothing to change', async () => {
    const desk = await openClinic();
    const blocker = await database.connect();
    await blocker.query('begin');
    await blocker.query('select from doctors where id = $1 for no key update', [desk.doctorId]);
    await blocker.query('select from availability_slots where doctor_id = $1 for no key update', [desk.doctorId]);
    await owner.query(`set statement_timeout = '5s'`);
    expect(
      (await owner.query(`select created, reopened, withdrawn from plan_doctor($1, 'a run')`, [desk.doctorId])).rows,
    ).toEqual([{ created: 0, reopened: 0, withdrawn: 0 }]);
    await owner.query('reset statement_timeout');
    await blocker.query('rollback');
    await blocker.end();
  });
});
