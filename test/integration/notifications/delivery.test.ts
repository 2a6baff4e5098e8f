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

/** Books two days ahead for a new patient. Only the notifications of the patient are listed in `told`, not those of the doctor. */
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
  const requestId = randomUUID();
  const command = { ...createCommand(sub), requestId };
  const { result } = await bookForPatient(patientApi, sub, { clinicId: clinic.clinicId, startTime: start });
  if (result.outcome !== 'done') throw new Error(`Not booked: ${JSON.stringify(result)}`);
  const { id } = result.appointment;
  const { rows } = await owner.query('select request_id from outbox where appointment_id = $1', [id]);
  return {
    sub,
    id,
    command,
    start,
    address: preferences.sms ? phone : `${sub}@example.com`,
    request: rows[0].request_id,
  };
}

const listSentMessages = (address: string) => provider.acceptedMessages().filter(({ to }) => to.includes(address));

async function listPatientNotifications(id: string): Promise<NotificationRow[]> {
  return (await listNotifications(owner, id)).filter(({ recipient }) => recipient === 'patient');
}

/** The messages that the relay would enqueue now. */
async function nextAttempts(): Promise<{ notification: string }[]> {
  const messages: { notification: string }[] = [];
  const queue = {
    send: async (more: readonly object[]) => void messages.push(...(more as typeof messages)),
    hide: async () => undefined,
  };
  await publishToQueue({ db: relay, queue, remainingMilliseconds: () => 60_000 });
  return messages;
}

/** Runs the queue and the relay until no notification is due. */
async function drain(): Promise<void> {
  for (let messages = await nextAttempts(); messages.length > 0; messages = await nextAttempts())
    await notifier.handle(messages);
}

describe('a notification', () => {
  it('is sent once, however often it is delivered', async () => {
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

  it('is sent once by many notifiers at once', async () => {
    const { id, request, address } = await bookAppointment();
    const bookings = Array.from({ length: 6 }, () => createTestNotifier((role) => database.connectAs(role), provider));
    await Promise.all(bookings.map((one) => one.handle([{ request }, { request }])));
    const ids = (await listNotifications(owner, id)).map((row) => ({ notification: row.id }));
    await Promise.all(bookings.map((one) => one.handle([...ids, ...ids])));
    expect(listSentMessages(address)).toHaveLength(1);
  });

  it('has text, HTML, an invitation and a one-click unsubscribe link, and does not contain the reason for the visit', async () => {
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
  it('about a booking that was cancelled is not sent, but the cancellation is', async () => {
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

  it('about a booking that was moved is replaced by the one about the move', async () => {
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
    'gets one request per batch while it is %s, and every message later',
    async (mood) => {
      const bookings = [await bookAppointment(), await bookAppointment(), await bookAppointment()];
      provider.behavior = mood;
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
        expect(await notifier.handle(await nextAttempts())).toEqual([]);
      }
      provider.behavior = 'normal';
      await clock.advance(901);
      await drain();
      for (const { address } of bookings) expect(listSentMessages(address)).toHaveLength(1);
    },
  );

  it('gets five requests for a message that it refuses, and another when the dead letter is replayed', async () => {
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

  it('causes a delay that the metric reports while it accepts no message for an hour', async () => {
    const { request } = await bookAppointment();
    const late = async () => {
      const { rows } = await owner.query('select unsent_seconds as seconds from notification_delays()');
      return rows[0].seconds;
    };
    provider.behavior = 'throttling';
    const before = await late();
    await notifier.handle([{ request }]);
    for (let minutes = 0; minutes < 60; minutes += 15) {
      await clock.advance(900);
      await drain();
    }
    expect(await late()).toBeGreaterThanOrEqual(3600);
    provider.behavior = 'normal';
    await clock.advance(901);
    await drain();
    expect(await late()).toBe(before);
  });

  it('gets no message for a doctor who no longer has the appointment, however late it is', async () => {
    const { id, sub, request, start } = await bookAppointment();
    provider.behavior = 'throttling';
    await notifier.handle([{ request }]);
    const { rows: was } = await owner.query('select doctor_id from appointments where id = $1', [id]);
    const { rows: slots } = await owner.query(
      `select id from availability_slots where clinic_id = $1 and doctor_id <> $2 and start_time = $3`,
      [clinic.clinicId, was[0].doctor_id, start],
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
      [id, was[0].doctor_id],
    );
    expect(rows).toEqual([
      { kind: 'appointment_booked', status: 'suppressed', former: true },
      { kind: 'appointment_reassigned', status: 'sent', former: true },
      { kind: 'appointment_rescheduled', status: 'sent', former: false },
    ]);
  });

  it('feedback is kept as the worst of its events, in any order', async () => {
    const { id, request } = await bookAppointment();
    await notifier.handle([{ request }]);
    const [{ id: notification } = { id: '' }] = await listPatientNotifications(id);
    const notifications = (feedback: string | null) =>
      owner.query('select record_email_event($1, $2, $3)', [notification, 'provider', feedback]);
    for (const feedback of ['complained', 'delivered', 'bounced', null]) await notifications(feedback);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'sent', feedback: 'complained' }]);
  });

  it.each<ProviderBehavior>(['silent', 'cut off', 'stalled', 'failing'])(
    'that accepts messages without a usable response (%s) gets an email once, if its events arrive, and an SMS once',
    async (mood) => {
      const pair = [await bookAppointment(), await bookAppointment({ sms: true })];
      provider.behavior = mood;
      for (const { request } of pair) expect(await notifier.handle([{ request }])).toEqual([]);
      provider.behavior = 'normal';
      await notifier.handleProviderEvents();
      await clock.advance(86_400);
      await drain();
      for (const { address } of pair) expect(listSentMessages(address)).toHaveLength(1);
    },
  );

  it('that accepted an email without a response confirms it by its events, and the email is not sent again', async () => {
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

  it('gets the email again after 15 minutes without a response or an event', async () => {
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

  it('that is unreachable for three hours loses no email', async () => {
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

  it('that does not respond never gets an SMS again', async () => {
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

describe('a notifier that crashed', () => {
  it.each([
    ['after beginning a delivery', false, 'sent'],
    ['when the request may have been sent', true, 'unknown'],
  ])('%s leaves it to the next one', async (_, claimed, status) => {
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

it('invalid messages fail, and do not affect the others', async () => {
  const { request, address } = await bookAppointment();
  const invalidBody = [
    '',
    'no json',
    {},
    { request: 1 },
    { notification: 'x' },
    { request, notification: randomUUID() },
    [],
  ];
  expect(await notifier.handle([...invalidBody, { request }])).toEqual(invalidBody.map((_, place) => place));
  expect(listSentMessages(address)).toHaveLength(1);
});

it('a message about a row that no longer exists succeeds', async () => {
  expect(await notifier.handle([{ notification: randomUUID() }, { request: randomUUID() }])).toEqual([]);
});

it('a reminder waits for the end of quiet hours, and is sent late rather than not at all', async () => {
  const { id, start, address } = await bookAppointment();
  await drain();
  // The job did not run for a while; it is 23:00, and the appointment is at 12:00.
  await clock.stopAt(new Date(start.getTime() - 13 * 3_600_000));
  await planDueReminders({ db: database.connectAs('reminders'), remainingMilliseconds: () => 60_000 });
  await drain();
  expect(listSentMessages(address)).toHaveLength(1);
  await clock.stopAt(new Date(start.getTime() - 4 * 3_600_000));
  await drain();
  expect(listSentMessages(address)[0]?.subject).toBe('Reminder: your appointment at Clinic');
  expect((await listPatientNotifications(id)).map(({ status }) => status)).toEqual(['sent', 'sent']);
});
