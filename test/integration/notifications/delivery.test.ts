import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { beginDelivery, claimSending } from '../../../lambdas/notifications/notifications.sql.ts';
import { planDueReminders } from '../../../lambdas/notifications/plan-due-reminders.ts';
import { publishToQueue } from '../../../lambdas/outbox/publish-to-queue.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment, createCommand } from '../../support/clinic/booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, type TestClinic } from '../../support/clinic/insert-clinic.ts';
import { replaceClock, type TestClock } from '../../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { listNotifications, type NotificationRow } from '../../support/notifications/notification-rows.ts';
import { createTestNotifier, type TestNotifier } from '../../support/notifications/test-notifier.ts';
import {
  type ProviderBehavior,
  startTestProvider,
  type TestProvider,
} from '../../support/notifications/test-provider.ts';

// The timeout for a response is 1.5 s here instead of 5 s.
vi.mock('../../../lambdas/notifications/send-to-provider.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../../lambdas/notifications/send-to-provider.ts')>();
  const timeouts = { ...original.PROVIDER_TIMEOUTS, requestTimeout: 1_500, socketTimeout: 1_500 };
  return { ...original, PROVIDER_TIMEOUTS: timeouts };
});

let database: TestDatabase;
let owner: pg.Client;
let clock: TestClock;
let patientApi: Db;
let relay: Db;
let provider: TestProvider;
let notifier: TestNotifier;
let clinic: TestClinic;
let day = 0;
let hour = 0;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clock = await replaceClock(owner);
  patientApi = database.connectAs('patient_api');
  relay = database.connectAs('outbox_relay');
  provider = await startTestProvider();
  notifier = createTestNotifier((role) => database.connectAs(role), provider);
  clinic = await insertClinic(owner, { doctors: 2, horizonDays: 366 });
});

beforeEach(async () => {
  await clock.stopAt(new Date(Date.UTC(2030, 0, 1 + day, 12)));
  provider.behavior = 'normal';
  provider.events.length = 0;
  hour = 0;
});

afterAll(async () => {
  await provider.stop();
  await owner.end();
  await database.drop();
});

/** Books two days ahead for a new patient. `request` is the request id, and `address` the patient's email address or phone number. */
async function bookAppointment(preferences: { sms?: boolean } = {}) {
  const [sub = ''] = await insertPatients(owner, 1);
  const phone = `+3519${String(day).padStart(8, '0')}`;
  await owner.query(
    'update patients set notify_by_sms = $2, notify_by_email = not $2, phone = $3 where cognito_sub = $1',
    [sub, preferences.sms ?? false, phone],
  );
  await owner.query(`update doctors set active = false where id = any ($1::uuid[])`, [clinic.doctorIds.slice(2)]);
  const start = new Date((await clock.now()).getTime() + 2 * 86_400_000 + hour * 3_600_000);
  await insertSlots(owner, clinic, start, 2);
  day += 1;
  hour += 1;
  const { result } = await bookForPatient(patientApi, sub, { clinicId: clinic.clinicId, startTime: start });
  if (result.outcome !== 'done') throw new Error(`Not booked: ${JSON.stringify(result)}`);
  const { id } = result.appointment;
  const { rows } = await owner.query('select request_id from outbox where appointment_id = $1', [id]);
  return {
    sub,
    id,
    start,
    address: preferences.sms ? phone : `${sub}@example.com`,
    request: rows[0].request_id,
  };
}

const listSentMessages = (address: string) => provider.acceptedMessages().filter(({ to }) => to.includes(address));

async function listPatientNotifications(id: string): Promise<NotificationRow[]> {
  return (await listNotifications(owner, id)).filter(({ recipient }) => recipient === 'patient');
}

/** Runs the relay and returns the messages that it enqueues. */
async function collectDueMessages(): Promise<{ notification: string }[]> {
  const messages: { notification: string }[] = [];
  const queue = {
    send: async (more: readonly object[]) => void messages.push(...(more as typeof messages)),
    hide: async () => undefined,
  };
  await publishToQueue({ db: relay, queue, remainingMilliseconds: () => 60_000 });
  return messages;
}

/** Runs the relay and the notifier until no notification is due. */
async function drain(): Promise<void> {
  for (let messages = await collectDueMessages(); messages.length > 0; messages = await collectDueMessages())
    await notifier.handle(messages);
}

describe('a notification', () => {
  it('is sent once although its message is delivered several times', async () => {
    const { id, request, address } = await bookAppointment();
    await notifier.handle([{ request }, { request }]);
    await notifier.handle([{ request }]);
    await drain();
    expect(listSentMessages(address)).toHaveLength(1);
    expect(await listNotifications(owner, id)).toMatchObject([
      { recipient: 'doctor', status: 'sent', attempts: 1 },
      { recipient: 'patient', status: 'sent', attempts: 1 },
    ]);
  });

  it('is sent once by many concurrent notifiers', async () => {
    const { id, request, address } = await bookAppointment();
    const notifiers = Array.from({ length: 6 }, () => createTestNotifier((role) => database.connectAs(role), provider));
    await Promise.all(notifiers.map((one) => one.handle([{ request }, { request }])));
    const ids = (await listNotifications(owner, id)).map((row) => ({ notification: row.id }));
    await Promise.all(notifiers.map((one) => one.handle([...ids, ...ids])));
    expect(listSentMessages(address)).toHaveLength(1);
  });

  it('has text, HTML, an invitation and a one-click unsubscribe link', async () => {
    const { request, address, id } = await bookAppointment();
    await notifier.handle([{ request }]);
    const [email] = listSentMessages(address);
    expect(email).toMatchObject({
      channel: 'email',
      subject: 'Your appointment at Clinic',
      tags: { notification: expect.any(String) },
    });
    expect(email?.text).toContain('(UTC, UTC)');
    expect(email?.html).toContain('Your appointment is booked.');
    const invitation = Buffer.from(email?.attachments[0]?.base64 ?? '', 'base64').toString();
    expect(invitation).toContain('METHOD:REQUEST');
    expect(invitation).toContain(`UID:${id}@medbook`);
    expect(email?.headers?.['list-unsubscribe']).toMatch(
      /^<https:\/\/api\.medbook\.example\/unsubscribe\?token=[\w.-]+>$/,
    );
  });

  it('by SMS contains the clinic, the time and the reference', async () => {
    const { request, address } = await bookAppointment({ sms: true });
    await notifier.handle([{ request }]);
    expect(listSentMessages(address)).toMatchObject([
      { channel: 'sms', text: expect.stringMatching(/^Clinic: booked for .* MB-\w{10}$/) },
    ]);
  });
});

describe('an outdated notification', () => {
  it('of a cancelled booking is not sent, but that of the cancellation is', async () => {
    const { id, sub, request, address } = await bookAppointment();
    await changeAppointment(patientApi, createCommand(sub), 'cancel', id);
    await notifier.handle([{ request }]);
    await drain();
    expect(listSentMessages(address).map(({ subject }) => subject)).toEqual([
      'Your appointment at Clinic is cancelled',
    ]);
    expect(await listPatientNotifications(id)).toMatchObject([
      { kind: 'appointment_booked', status: 'suppressed', reason: 'no_longer_true' },
      { kind: 'appointment_cancelled', status: 'sent' },
    ]);
  });

  it('of a rescheduled booking is replaced by that of the reschedule', async () => {
    const { id, sub, start, address } = await bookAppointment();
    const later = new Date(start.getTime() + 30 * 60_000);
    await changeAppointment(patientApi, createCommand(sub), 'reschedule', id, { startTime: later });
    await drain();
    expect(listSentMessages(address).map(({ subject }) => subject)).toEqual(['Your appointment at Clinic has changed']);
    expect(listSentMessages(address)[0]?.text).toContain('Previously: ');
  });

  it('to an address that bounced is not sent', async () => {
    const first = await bookAppointment();
    await owner.query('update patients set email = $2 where cognito_sub = $1', [
      first.sub,
      'bounce+1@simulator.amazonses.com',
    ]);
    await notifier.handle([{ request: first.request }]);
    await notifier.handleProviderEvents();
    expect(await listPatientNotifications(first.id)).toMatchObject([{ status: 'sent', feedback: 'bounced' }]);
    await changeAppointment(patientApi, createCommand(first.sub), 'cancel', first.id);
    await drain();
    expect((await listPatientNotifications(first.id))[1]).toMatchObject({
      status: 'suppressed',
      reason: 'address_blocked',
    });
    expect(listSentMessages('bounce+1@simulator.amazonses.com')).toHaveLength(1);
  });
});

describe('the provider', () => {
  it.each(['throttling', 'down'] as const)(
    'gets one request per batch while its behavior is %s, and every message later',
    async (behavior) => {
      const bookings = [await bookAppointment(), await bookAppointment(), await bookAppointment()];
      provider.behavior = behavior;
      const requestsBefore = provider.requestCount;
      for (const { request } of bookings) expect(await notifier.handle([{ request }])).toEqual([]);
      expect(provider.requestCount - requestsBefore).toBe(3);
      const ids = bookings.map(({ id }) => id);
      const { rows } = await owner.query(
        'select status, attempts, postponements from notifications where appointment_id = any ($1)',
        [ids],
      );
      expect(rows.every(({ status, attempts }) => status === 'pending' && attempts === 0)).toBe(true);
      // Two hours of postponements use no attempt.
      for (let minutes = 0; minutes < 120; minutes += 15) {
        await clock.advance(900);
        expect(await notifier.handle(await collectDueMessages())).toEqual([]);
      }
      provider.behavior = 'normal';
      await clock.advance(901);
      await drain();
      for (const { address } of bookings) expect(listSentMessages(address)).toHaveLength(1);
    },
  );

  it('gets five requests for a message that it refuses, and one more when the dead letter is replayed', async () => {
    const { id, request, address } = await bookAppointment();
    provider.behavior = 'refusing';
    notifier.hiddenSeconds.length = 0;
    for (let received = 1; received <= 5; received += 1)
      expect(await notifier.handle([{ request }], received)).toEqual([0]);
    expect(notifier.hiddenSeconds).toEqual([30, 60, 120, 240, 0]);
    expect(await listPatientNotifications(id)).toMatchObject([
      { status: 'dead', attempts: 5, reason: 'BadRequestException' },
    ]);
    provider.behavior = 'normal';
    await clock.advance(3600);
    await drain();
    expect(listSentMessages(address)).toHaveLength(0);
    // Both queue messages belong in the dead-letter queue, and each can be replayed.
    const [{ id: notification } = { id: '' }] = await listPatientNotifications(id);
    expect(await notifier.handle([{ notification }, { request }])).toEqual([0, 1]);
    expect(await notifier.handle([{ request, replay: true }])).toEqual([]);
    expect(listSentMessages(address)).toHaveLength(1);
    expect(await notifier.handle([{ notification, replay: true }])).toEqual([]);
    expect(listSentMessages(address)).toHaveLength(1);
  });

  it('that accepts no message for an hour causes a delay in notification_delays()', async () => {
    const { request } = await bookAppointment();
    const readUnsentSeconds = async () => {
      const { rows } = await owner.query('select unsent_seconds as seconds from notification_delays()');
      return rows[0].seconds;
    };
    provider.behavior = 'throttling';
    const before = await readUnsentSeconds();
    await notifier.handle([{ request }]);
    for (let minutes = 0; minutes < 60; minutes += 15) {
      await clock.advance(900);
      await drain();
    }
    expect(await readUnsentSeconds()).toBeGreaterThanOrEqual(3600);
    provider.behavior = 'normal';
    await clock.advance(901);
    await drain();
    expect(await readUnsentSeconds()).toBe(before);
  });

  it('gets no late message about a booking for a doctor who no longer has the appointment', async () => {
    const { id, sub, request, start } = await bookAppointment();
    provider.behavior = 'throttling';
    await notifier.handle([{ request }]);
    const { rows: before } = await owner.query('select doctor_id from appointments where id = $1', [id]);
    const { rows: slots } = await owner.query(
      `select id from availability_slots where clinic_id = $1 and doctor_id <> $2 and start_time = $3`,
      [clinic.clinicId, before[0].doctor_id, start],
    );
    const { result } = await changeAppointment(patientApi, createCommand(sub), 'reschedule', id, {
      slotId: slots[0].id,
    });
    expect(result.outcome).toBe('done');
    provider.behavior = 'normal';
    await clock.advance(1_800);
    await drain();
    const { rows } = await owner.query(
      `select kind, status, recipient_id = $2 as former from notifications where appointment_id = $1 and recipient = 'doctor' order by kind`,
      [id, before[0].doctor_id],
    );
    expect(rows).toEqual([
      { kind: 'appointment_booked', status: 'suppressed', former: true },
      { kind: 'appointment_reassigned', status: 'sent', former: true },
      { kind: 'appointment_rescheduled', status: 'sent', former: false },
    ]);
  });

  it('sends events in any order, of which the worst feedback is stored', async () => {
    const { id, request } = await bookAppointment();
    await notifier.handle([{ request }]);
    const [{ id: notification } = { id: '' }] = await listPatientNotifications(id);
    const recordEvent = (feedback: string | null) =>
      owner.query('select record_email_event($1, $2, $3)', [notification, 'provider', feedback]);
    for (const feedback of ['complained', 'delivered', 'bounced', null]) await recordEvent(feedback);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'sent', feedback: 'complained' }]);
  });

  it.each<ProviderBehavior>(['silent', 'cut off', 'stalled', 'failing'])(
    'that accepts messages without a usable response (%s) gets each email and SMS once, if its events arrive',
    async (behavior) => {
      const pair = [await bookAppointment(), await bookAppointment({ sms: true })];
      provider.behavior = behavior;
      for (const { request } of pair) expect(await notifier.handle([{ request }])).toEqual([]);
      provider.behavior = 'normal';
      await notifier.handleProviderEvents();
      await clock.advance(86_400);
      await drain();
      for (const { address } of pair) expect(listSentMessages(address)).toHaveLength(1);
    },
  );

  it('that accepts an email without a response does not get it again, if its event arrives', async () => {
    const { id, request, address } = await bookAppointment();
    provider.behavior = 'silent';
    expect(await notifier.handle([{ request }])).toEqual([]);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'unknown' }]);
    provider.behavior = 'normal';
    await notifier.handleProviderEvents();
    expect(await listPatientNotifications(id)).toMatchObject([
      { status: 'sent', feedback: 'delivered', unknown_outcomes: 1 },
    ]);
    await clock.advance(3600);
    await drain();
    expect(listSentMessages(address)).toHaveLength(1);
  });

  it('gets an email again after 15 minutes without a response or an event', async () => {
    const { id, request, address } = await bookAppointment();
    provider.behavior = 'unreachable';
    await notifier.handle([{ request }]);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'unknown' }]);
    provider.behavior = 'normal';
    await clock.advance(14 * 60);
    await drain();
    expect(listSentMessages(address)).toHaveLength(0);
    await clock.advance(61);
    await drain();
    expect(listSentMessages(address)).toHaveLength(1);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'sent', unknown_outcomes: 1 }]);
  });

  it('that is unreachable for three hours gets each email afterwards', async () => {
    const { id, request, address } = await bookAppointment();
    provider.behavior = 'unreachable';
    await notifier.handle([{ request }]);
    for (let quarters = 0; quarters < 12; quarters += 1) {
      await clock.advance(901);
      await drain();
    }
    provider.behavior = 'normal';
    await clock.advance(3600);
    await drain();
    expect(listSentMessages(address)).toHaveLength(1);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'sent', unknown_outcomes: 4 }]);
  });

  it('that does not respond does not get the SMS again', async () => {
    const { id, request, address } = await bookAppointment({ sms: true });
    provider.behavior = 'silent';
    expect(await notifier.handle([{ request }])).toEqual([]);
    provider.behavior = 'normal';
    await clock.advance(86_400);
    await drain();
    expect(listSentMessages(address)).toHaveLength(1);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'unknown', unknown_outcomes: 1 }]);
  });

  it('that reports an opt-out from SMS gets no further SMS for that number', async () => {
    const { id, sub, request, address } = await bookAppointment({ sms: true });
    provider.behavior = 'opted out';
    await notifier.handle([{ request }]);
    provider.behavior = 'normal';
    await notifier.handle([{ request }]);
    await changeAppointment(patientApi, createCommand(sub), 'cancel', id);
    await drain();
    expect(listSentMessages(address)).toHaveLength(0);
    expect(await listPatientNotifications(id)).toMatchObject([
      { kind: 'appointment_booked', status: 'suppressed' },
      { kind: 'appointment_cancelled', status: 'suppressed', reason: 'address_blocked' },
    ]);
  });
});

describe('a delivery whose notifier crashed', () => {
  it.each([
    ['before it could send the request', false, 'sent'],
    ['when it may have sent the request', true, 'unknown'],
  ])('%s is continued by another notifier', async (_, claimed, status) => {
    const { id, request, address } = await bookAppointment();
    provider.behavior = 'throttling';
    await notifier.handle([{ request }]);
    provider.behavior = 'normal';
    await clock.advance(31);
    const [{ id: notification } = { id: '' }] = await listPatientNotifications(id);
    const [db, token] = [database.connectAs('notifier'), randomUUID()];
    expect(await beginDelivery(db, notification, token, false)).toMatchObject({ outcome: 'begun' });
    if (claimed) expect(await claimSending(db, notification, token, 1)).toBe(true);
    await notifier.handle([{ notification }]);
    expect(listSentMessages(address)).toHaveLength(0);
    await clock.advance(61);
    await notifier.handle([{ notification }]);
    expect(await listPatientNotifications(id)).toMatchObject([{ status }]);
    await clock.advance(901);
    await drain();
    expect(listSentMessages(address)).toHaveLength(1);
  });
});

it('invalid messages fail and do not affect other messages of the batch', async () => {
  const { request, address } = await bookAppointment();
  const invalidBodies = [
    '',
    'no json',
    {},
    { request: 1 },
    { notification: 'x' },
    { request, notification: randomUUID() },
    [],
  ];
  expect(await notifier.handle([...invalidBodies, { request }])).toEqual(invalidBodies.map((_, place) => place));
  expect(listSentMessages(address)).toHaveLength(1);
});

it('a message for a row that no longer exists succeeds', async () => {
  expect(await notifier.handle([{ notification: randomUUID() }, { request: randomUUID() }])).toEqual([]);
});

it('a late reminder is sent after the end of quiet hours', async () => {
  const { id, start, address } = await bookAppointment();
  await drain();
  // It is 23:00, the appointment is at 12:00 on the next day, and the job has not run since the reminder was due.
  await clock.stopAt(new Date(start.getTime() - 13 * 3_600_000));
  await planDueReminders({ db: database.connectAs('reminders'), remainingMilliseconds: () => 60_000 });
  await drain();
  expect(listSentMessages(address)).toHaveLength(1);
  await clock.stopAt(new Date(start.getTime() - 4 * 3_600_000));
  await drain();
  expect(listSentMessages(address)[0]?.subject).toBe('Reminder: your appointment at Clinic');
  expect((await listPatientNotifications(id)).map(({ status }) => status)).toEqual(['sent', 'sent']);
});
