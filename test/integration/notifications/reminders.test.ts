import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planDueReminders } from '../../../lambdas/notifications/plan-due-reminders.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment, createCommand } from '../../support/clinic/booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, type TestClinic } from '../../support/clinic/insert-clinic.ts';
import { replaceClock, type TestClock } from '../../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { listNotifications } from '../../support/notifications/notification-rows.ts';

let database: TestDatabase;
let owner: pg.Client;
let clock: TestClock;
let patientApi: Db;
let job: Db;
let clinic: TestClinic;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clock = await replaceClock(owner);
  patientApi = database.connectAs('patient_api');
  job = database.connectAs('reminders');
});

beforeEach(async () => {
  clinic = await insertClinic(owner, { horizonDays: 366, timeZone: 'Europe/Lisbon' });
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

/** Books an appointment at `start`. The clock is at `at`. */
async function bookAppointment(at: string, start: string) {
  await clock.stopAt(new Date(at));
  const [sub = ''] = await insertPatients(owner, 1);
  await insertSlots(owner, clinic, new Date(start));
  const { result } = await bookForPatient(patientApi, sub, { clinicId: clinic.clinicId, startTime: new Date(start) });
  if (result.outcome !== 'done') throw new Error(`Not booked: ${JSON.stringify(result)}`);
  return { sub, id: result.appointment.id };
}

/** Runs the job at an instant. Returns the statuses of the appointment's notifications. */
async function planRemindersAt(at: string, appointmentId: string): Promise<string[]> {
  await clock.stopAt(new Date(at));
  await planDueReminders({ db: job, remainingMilliseconds: () => 60_000 });
  const rows = await listNotifications(owner, appointmentId);
  return rows.map(({ status }) => status);
}

async function rescheduleAppointment(id: string, sub: string, to: string): Promise<void> {
  const startTime = new Date(to);
  if (to !== START) await insertSlots(owner, clinic, startTime);
  const { result } = await changeAppointment(patientApi, createCommand(sub), 'reschedule', id, { startTime });
  expect(result.outcome).toBe('done');
}

const setPolicy = (column: string, value: unknown) =>
  owner.query(`update clinics set ${column} = $2 where id = $1`, [clinic.clinicId, value]);

describe('a reminder is due', () => {
  it.each([
    ['a day before', '2030-03-12T15:00Z', 1440, '2030-03-11T15:00Z'],
    ['24 hours before, also if daylight saving time begins in between', '2030-03-31T15:00Z', 1440, '2030-03-30T15:00Z'],
    // 8:00 UTC is 9:00 in Lisbon in summer. A day before, in winter, it is 8:00 in Lisbon, when the quiet hours end.
    ['at the end of quiet hours', '2030-03-31T08:00Z', 1440, '2030-03-30T08:00Z'],
    ['at the end of the quiet hours that contain its time', '2030-03-12T07:00Z', 1440, '2030-03-11T08:00Z'],
    [
      'at the end of the quiet hours that contain its time on the evening before',
      '2030-03-12T22:30Z',
      1440,
      '2030-03-12T08:00Z',
    ],
    ['before the quiet hours begin, if they end too late', '2030-03-12T08:15Z', 60, '2030-03-11T20:45Z'],
    ['before the quiet hours begin, in summer time', '2030-04-02T07:15Z', 60, '2030-04-01T19:45Z'],
    [
      'at the end of quiet hours, if that is half an hour before the start',
      '2030-03-12T08:30Z',
      120,
      '2030-03-12T08:00Z',
    ],
  ])('%s', async (_, start, minutes, due) => {
    const { rows } = await owner.query(
      'select reminder_due($1::timestamptz, $2, clinics) as due from clinics where id = $3',
      [start, minutes, clinic.clinicId],
    );
    expect(rows[0].due).toEqual(new Date(due));
  });

  it.each([
    // On 31 March at 1:00 UTC, the time in Lisbon changes from 1:00 to 2:00.
    ['that begin in a skipped hour', '2030-03-31T01:10Z', '01:30', '02:20', '2030-03-31T01:20Z'],
    ['that are skipped entirely', '2030-03-31T01:10Z', '01:10', '01:50', null],
    // On 27 October at 1:00 UTC, it changes from 2:00 to 1:00.
    ['that occur twice', '2030-10-27T00:40Z', '01:30', '01:50', '2030-10-27T01:50Z'],
  ])('after quiet hours %s', async (_, instant, from, to, end) => {
    const { rows } = await owner.query('select upper(quiet_hours($1, $2, $3, $4)) as end', [
      instant,
      'Europe/Lisbon',
      from,
      to,
    ]);
    expect(rows[0].end).toEqual(end && new Date(end));
  });

  it('also if the reminders of another clinic fail', async () => {
    const { id } = await bookAppointment('2030-03-01T12:00Z', '2030-03-12T15:00Z');
    const broken = await insertClinic(owner, { horizonDays: 366 });
    await owner.query(
      `alter table notifications add constraint broken check (clinic_id <> '${broken.clinicId}') not valid`,
    );
    await owner.query('update clinics set reminder_minutes = array[1440] where id = $1', [broken.clinicId]);
    const [sub = ''] = await insertPatients(owner, 1);
    await insertSlots(owner, broken, new Date('2030-03-12T15:00Z'));
    const { result } = await bookForPatient(patientApi, sub, {
      clinicId: broken.clinicId,
      startTime: new Date('2030-03-12T15:00Z'),
    });
    expect(result.outcome).toBe('done');
    await clock.stopAt(new Date('2030-03-11T15:00Z'));
    await expect(planDueReminders({ db: job, remainingMilliseconds: () => 60_000 })).rejects.toThrow(
      /^The reminders of 1 of \d+ clinics were not planned\.$/,
    );
    expect(await listNotifications(owner, id)).toMatchObject([{ kind: 'appointment_reminder' }]);
    await owner.query('alter table notifications drop constraint broken');
    await planDueReminders({ db: job, remainingMilliseconds: () => 60_000 });
  });

  it('at any hour if the clinic has no quiet hours', async () => {
    await setPolicy('quiet_from', '00:00');
    await setPolicy('quiet_to', '00:00');
    const { rows } = await owner.query(
      `select reminder_due('2030-03-12T03:00Z', 60, clinics) as due from clinics where id = $1`,
      [clinic.clinicId],
    );
    expect(rows[0].due).toEqual(new Date('2030-03-12T02:00Z'));
  });
});

const [BOOKED, START] = ['2030-03-01T12:00Z', '2030-03-12T15:00Z'];

describe('a run', () => {
  it('creates one reminder, also if it is late or repeated, and none if it is early', async () => {
    const { id } = await bookAppointment(BOOKED, START);
    expect(await planRemindersAt('2030-03-11T14:59Z', id)).toEqual([]);
    expect(await planRemindersAt('2030-03-11T20:40Z', id)).toEqual(['pending']);
    expect(await planRemindersAt('2030-03-11T20:40Z', id)).toEqual(['pending']);
    expect(await planRemindersAt('2030-03-12T14:59Z', id)).toEqual(['pending']);
  });

  it('creates one reminder together with concurrent runs', async () => {
    const { id } = await bookAppointment(BOOKED, START);
    await clock.stopAt(new Date('2030-03-11T16:00Z'));
    await Promise.all(
      Array.from({ length: 6 }, () =>
        planDueReminders({ db: database.connectAs('reminders'), remainingMilliseconds: () => 60_000 }),
      ),
    );
    expect(await listNotifications(owner, id)).toHaveLength(1);
  });

  it('creates no reminder of an appointment that has begun', async () => {
    const { id } = await bookAppointment(BOOKED, START);
    expect(await planRemindersAt('2030-03-12T15:00Z', id)).toEqual([]);
  });

  it('creates no reminder of an appointment booked after the reminder was due', async () => {
    const { id } = await bookAppointment('2030-03-11T15:30Z', START);
    expect(await planRemindersAt('2030-03-11T16:00Z', id)).toEqual([]);
  });

  it('creates no reminder for a patient who has disabled reminders', async () => {
    const { id, sub } = await bookAppointment(BOOKED, START);
    await owner.query('update patients set notify_reminders = false where cognito_sub = $1', [sub]);
    expect(await planRemindersAt('2030-03-11T16:00Z', id)).toEqual([]);
  });

  it('creates no reminder of a cancelled appointment', async () => {
    const { id, sub } = await bookAppointment(BOOKED, START);
    await changeAppointment(patientApi, createCommand(sub), 'cancel', id);
    expect(await planRemindersAt('2030-03-11T16:00Z', id)).toEqual([]);
  });

  it('creates a reminder of the new time after a reschedule', async () => {
    const { id, sub } = await bookAppointment(BOOKED, START);
    expect(await planRemindersAt('2030-03-11T15:30Z', id)).toEqual(['pending']);
    await rescheduleAppointment(id, sub, '2030-03-20T15:00Z');
    expect(await planRemindersAt('2030-03-19T14:59Z', id)).toEqual(['pending']);
    expect(await planRemindersAt('2030-03-19T16:00Z', id)).toEqual(['pending', 'pending']);
  });

  it.each([
    ['before the reminder was due', '2030-03-11T14:00Z', ['pending']],
    ['after the reminder was due', '2030-03-11T16:00Z', []],
  ])(
    'treats an appointment that was rescheduled back to its time like one that was booked then: %s',
    async (_, at, reminders) => {
      const { id, sub } = await bookAppointment(BOOKED, START);
      await rescheduleAppointment(id, sub, '2030-03-20T15:00Z');
      await clock.stopAt(new Date(at));
      await rescheduleAppointment(id, sub, START);
      expect(await planRemindersAt('2030-03-11T17:00Z', id)).toEqual(reminders);
    },
  );

  it('creates one reminder for each lead time, and only one after a long outage', async () => {
    await setPolicy('reminder_minutes', [2880, 1440]);
    const [regular, afterOutage] = [
      await bookAppointment(BOOKED, START),
      await bookAppointment(BOOKED, '2030-03-12T15:30Z'),
    ];
    expect(await planRemindersAt('2030-03-10T15:10Z', regular.id)).toEqual(['pending']);
    expect(await planRemindersAt('2030-03-11T15:40Z', regular.id)).toEqual(['pending', 'pending']);
    expect(await planRemindersAt('2030-03-11T15:40Z', afterOutage.id)).toEqual(['pending']);
  });
});
