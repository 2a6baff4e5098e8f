import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { purgeBatch } from '../../../lambdas/housekeeping/housekeeping.sql.ts';
import { TRANSLATIONS } from '../../../lambdas/notifications/messages/translations.ts';
import { NOTIFICATION_KINDS } from '../../../lambdas/notifications/notification.ts';
import { planNotifications } from '../../../lambdas/notifications/notifications.sql.ts';
import { publishToQueue } from '../../../lambdas/outbox/publish-to-queue.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment, createCommand } from '../../support/clinic/booking-clients.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startTimeInDays,
  type TestClinic,
} from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { listNotifications, summarizeNotifications } from '../../support/notifications/notification-rows.ts';

let database: TestDatabase;
let owner: pg.Client;
let patientApi: Db;
let relay: Db;
let clinic: TestClinic;
let day = 2;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  patientApi = database.connectAs('patient_api');
  relay = database.connectAs('outbox_relay');
  clinic = await insertClinic(owner, { doctors: 2 });
  await owner.query(`update clinics set notification_email = 'desk@example.com'`);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

interface Preferences {
  readonly email?: boolean;
  readonly sms?: boolean;
  readonly phone?: string;
}

async function insertPatient({ email = true, sms = false, phone }: Preferences = {}): Promise<string> {
  const [sub = ''] = await insertPatients(owner, 1);
  await owner.query('update patients set notify_by_email = $2, notify_by_sms = $3, phone = $4 where cognito_sub = $1', [
    sub,
    email,
    sms,
    phone,
  ]);
  return sub;
}

/** Books an appointment with the first doctor on a new day, and returns it. */
async function bookAppointment(sub: string, options: { hold?: boolean } = {}) {
  const start = startTimeInDays(day++);
  await insertSlots(owner, clinic, start, 2);
  const request = { clinicId: clinic.clinicId, startTime: start, doctorId: clinic.doctorIds[0], ...options };
  const { result } = await bookForPatient(patientApi, sub, request);
  if (result.outcome !== 'done') throw new Error(`Not booked: ${JSON.stringify(result)}`);
  return result.appointment;
}

async function changeOrThrow(sub: string, name: Parameters<typeof changeAppointment>[2], id: string, request = {}) {
  const { result } = await changeAppointment(patientApi, createCommand(sub), name, id, request);
  expect(result.outcome).toBe('done');
}

async function planAndSummarize(appointmentId: string): Promise<string[]> {
  await planNotifications(relay, null, 1000);
  return summarizeNotifications(owner, appointmentId);
}

describe('the recipients', () => {
  it('of a booking are the patient, the doctor and the clinic', async () => {
    const { id } = await bookAppointment(await insertPatient());
    expect(await planAndSummarize(id)).toEqual([
      'appointment_booked clinic email pending',
      'appointment_booked doctor email pending',
      'appointment_booked patient email pending',
    ]);
  });

  it.each([
    [{ email: true, sms: true, phone: '+351910000000' }, ['email', 'sms']],
    [{ email: false, sms: true, phone: '+351910000000' }, ['sms']],
    [{ email: true, sms: true }, ['email']],
    [{ email: false, sms: false, phone: '+351910000000' }, []],
  ])(
    'include the patient over the channels that they have enabled and can receive: %o',
    async (preferences, channels) => {
      const { id } = await bookAppointment(await insertPatient(preferences));
      await planAndSummarize(id);
      const rows = await listNotifications(owner, id);
      expect(rows.flatMap(({ recipient, channel }) => (recipient === 'patient' ? channel : []))).toEqual(channels);
    },
  );

  it('of a hold and its cancellation are only the patient', async () => {
    const sub = await insertPatient();
    const { id } = await bookAppointment(sub, { hold: true });
    await changeOrThrow(sub, 'cancel', id);
    expect(await planAndSummarize(id)).toEqual([
      'appointment_cancelled patient email pending',
      'appointment_held patient email pending',
    ]);
  });

  it('of a reschedule to another doctor include both doctors, with different messages', async () => {
    const sub = await insertPatient();
    const { id, startTime } = await bookAppointment(sub);
    await changeOrThrow(sub, 'reschedule', id, { startTime, doctorId: clinic.doctorIds[1] });
    await planAndSummarize(id);
    const { rows } = await owner.query(
      `select kind, recipient_id from notifications where appointment_id = $1 and recipient = 'doctor' order by version, kind`,
      [id],
    );
    expect(rows).toEqual([
      // Planning reads the current doctor, who is the new one here. suppression_reason() later suppresses this notification.
      { kind: 'appointment_booked', recipient_id: clinic.doctorIds[1] },
      { kind: 'appointment_reassigned', recipient_id: clinic.doctorIds[0] },
      { kind: 'appointment_rescheduled', recipient_id: clinic.doctorIds[1] },
    ]);
  });

  it('of a new account are only the patient', async () => {
    const sub = randomUUID();
    await database
      .connectAs('post_confirmation')
      .query('select register_patient($1, $2, $3, null)', [sub, 'Ana', `${sub}@example.com`]);
    await planNotifications(relay, null, 1000);
    const { rows } = await owner.query(
      `select kind, channel from notifications join patients on patients.id = recipient_id where cognito_sub = $1`,
      [sub],
    );
    expect(rows).toEqual([{ kind: 'account_created', channel: 'email' }]);
  });

  it('of a change of slots without an appointment do not exist', async () => {
    const before = await owner.query('select count(*) from notifications');
    await owner.query(`insert into outbox (kind, clinic_id) values ('slots_changed', $1)`, [clinic.clinicId]);
    expect(await planNotifications(relay, null, 1000)).toBe(1);
    expect((await owner.query('select count(*) from notifications')).rows).toEqual(before.rows);
  });
});

describe('planning', () => {
  it('by many concurrent relays creates each notification once', async () => {
    const subs = await Promise.all(Array.from({ length: 20 }, () => insertPatient()));
    const ids: string[] = [];
    for (const sub of subs) ids.push((await bookAppointment(sub)).id);
    const relays = Array.from({ length: 8 }, () => database.connectAs('outbox_relay'));
    await Promise.all(relays.map((db) => planNotifications(db, null, 7)));
    await planNotifications(relay, null, 1000);
    const { rows } = await owner.query(
      'select appointment_id, count(*)::int as planned from notifications where appointment_id = any ($1::uuid[]) group by 1',
      [ids],
    );
    expect(rows.length).toBe(20);
    expect(rows.every(({ planned }) => planned === 3)).toBe(true);
  });

  it('gives the same notification the same id, a UUID of version 5', async () => {
    const { id } = await bookAppointment(await insertPatient());
    await planAndSummarize(id);
    const before = await listNotifications(owner, id);
    await owner.query('update outbox set published_at = null where appointment_id = $1', [id]);
    await planAndSummarize(id);
    expect(await listNotifications(owner, id)).toEqual(before);
    for (const { id: notificationId } of before) expect(notificationId).toMatch(/^.{8}-.{4}-5.{3}-[89ab]/);
  });

  it('of one request does not plan the notifications of other requests', async () => {
    const first = await bookAppointment(await insertPatient());
    const second = await bookAppointment(await insertPatient());
    const { rows } = await owner.query('select request_id from outbox where appointment_id = $1', [first.id]);
    expect(await planNotifications(database.connectAs('notifier'), rows[0].request_id, 100)).toBe(1);
    expect(await summarizeNotifications(owner, first.id)).toHaveLength(3);
    expect(await summarizeNotifications(owner, second.id)).toHaveLength(0);
  });
});

it('the relay enqueues due notifications once, and again if the queue was unavailable or they remain unsent', async () => {
  await planNotifications(relay, null, 1000);
  const { id } = await bookAppointment(await insertPatient());
  const sent: unknown[] = [];
  const queue = {
    send: async (messages: readonly unknown[]) => void sent.push(...messages),
    hide: async () => undefined,
  };
  const unavailableQueue = { ...queue, send: () => Promise.reject(new Error('no queue')) };
  await expect(
    publishToQueue({ db: relay, queue: unavailableQueue, remainingMilliseconds: () => 60_000 }),
  ).rejects.toThrow('no queue');
  await publishToQueue({ db: relay, queue, remainingMilliseconds: () => 60_000 });
  for (const { id: notification } of await listNotifications(owner, id)) expect(sent).toContainEqual({ notification });
  expect(await publishToQueue({ db: relay, queue, remainingMilliseconds: () => 60_000 })).toEqual({ enqueued: 0 });
  // The notifier may have crashed, so an unsent notification is enqueued again after a while.
  await owner.query(
    `update notifications set next_attempt_at = next_attempt_at - interval '16 minutes' where appointment_id = $1`,
    [id],
  );
  expect(await publishToQueue({ db: relay, queue, remainingMilliseconds: () => 60_000 })).toEqual({ enqueued: 3 });
});

it('a cancellation by an admin of the clinic notifies all three recipients', async () => {
  const sub = await insertPatient();
  const { id } = await bookAppointment(sub);
  const admin = await insertAdmin(owner, clinic.clinicId);
  const { result } = await changeAppointment(patientApi, { ...createCommand(admin), groups: ['admin'] }, 'cancel', id, {
    reason: 'ill',
  });
  expect(result.outcome).toBe('done');
  expect((await planAndSummarize(id)).filter((row) => row.startsWith('appointment_cancelled'))).toHaveLength(3);
});

it('an outbox row is purged a week after its creation, but not before it is indexed and published', async () => {
  const rows = [
    ['8 days', true, true],
    ['8 days', true, false],
    ['8 days', false, true],
    ['6 days', true, true],
  ] as const;
  for (const [age, indexed, published] of rows)
    await owner.query(
      `insert into outbox (kind, created_at, indexed_at, published_at, request_id)
       values ('slots_changed', clock() - $1::interval, case when $2 then clock() end, case when $3 then clock() end, 'kept')`,
      [age, indexed, published],
    );
  const countKept = async () => (await owner.query(`select from outbox where request_id = 'kept'`)).rowCount;
  expect(await purgeBatch(database.connectAs('housekeeping'), 1000)).toBeGreaterThan(0);
  expect(await countKept()).toBe(3);
  await owner.query(`delete from outbox where request_id = 'kept'`);
});

describe('the notification catalogue', () => {
  it('has exactly the messages for which texts exist', async () => {
    const { rows } = await owner.query<{ kind: string; recipient: string; channel: string }>(
      `select distinct kind, case recipient when 'former_doctor' then 'doctor' else recipient end as recipient, channel
       from notification_catalogue(), unnest(channels) channel`,
    );
    const catalogueTexts = rows.map(({ kind, recipient, channel }) => {
      const audience = recipient === 'patient' ? 'patient' : 'staff';
      return `${channel === 'sms' ? 'sms' : audience} ${kind}`;
    });
    for (const { patient, staff, sms } of Object.values(TRANSLATIONS)) {
      const messageTexts = Object.entries({ patient, staff, sms }).flatMap(([audience, phrases]) =>
        Object.keys(phrases).map((kind) => `${audience} ${kind}`),
      );
      expect([...new Set(catalogueTexts)].sort()).toEqual(messageTexts.sort());
    }
    expect([...new Set(rows.map(({ kind }) => kind))].sort()).toEqual([...NOTIFICATION_KINDS].sort());
  });

  it('contains only events that commands and jobs publish', async () => {
    const { rows } = await owner.query<{ event: string }>(
      `select event from notification_catalogue()
       except select event from appointment_transitions()
       except values ('account_created'), ('appointment_booked'), ('appointment_held'), ('reminder_due'),
         ('appointment_conflict'), ('appointment_fits_again')`,
    );
    expect(rows).toEqual([]);
  });
});
