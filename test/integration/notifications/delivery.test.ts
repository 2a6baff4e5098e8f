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

// A response that never ends is given up after 1.5 s instead of 5 s.
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

/** Books two days ahead, for a patient of their own. `told` are their notifications alone: those of the doctor are left out. */
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

/** What the relay would put into the queue at this moment. */
async function nextAttempts(): Promise<{ notification: string }[]> {
  const messages: { notification: string }[] = [];
  const queue = {
    send: async (more: readonly object[]) => void messages.push(...(more as typeof messages)),
    hide: async () => undefined,
  };
  await publishToQueue({ db: relay, queue, remainingMilliseconds: () => 60_000 });
  return messages;
}

/** Does what the queue and the relay do until nothing is due. */
async function drain(): Promise<void> {
  for (let messages = await nextAttempts(); messages.length > 0; messages = await nextAttempts())
    await notifier.handle(messages);
}

describe('a message', () => {
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

  it('has text, HTML, an invitation and the link of one click, and names no reason', async () => {
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

  it('by SMS says where, when and the reference', async () => {
    const { request, address } = await bookAppointment({ sms: true });
    await notifier.handle([{ request }]);
    expect(listSentMessages(address)).toMatchObject([
      { channel: 'sms', text: expect.stringMatching(/^Clinic: booked for .* MB-\w{10}$/) },
    ]);
  });
});

describe('what is no longer true', () => {
  it('of a booking that was cancelled is not sent, the cancellation is', async () => {
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

  it('of a booking that was moved is left to the message about the move', async () => {
    const { id, sub, start, address } = await bookAppointment();
    const later = new Date(start.getTime() + 30 * 60_000);
    await changeAppointment(patientApi, createCommand(sub), 'reschedule', id, { startTime: later });
    await drain();
    expect(listSentMessages(address).map(({ subject }) => subject)).toEqual(['Your appointment at Clinic has changed']);
    expect(listSentMessages(address)[0]?.text).toContain('Previously: ');
  });

  it('of an address that bounced is sent to nobody', async () => {
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

describe('a provider', () => {
  it.each(['throttling', 'down'] as const)(
    'that is %s is asked once for a batch, and later sends all',
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
      // For hours: no attempt is used up by it.
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

  it('that refuses a message is asked five times, and again when a person wants it', async () => {
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
    // Each message of it belongs among the dead letters, and each can bring it back.
    const [{ id: notification } = { id: '' }] = await listPatientNotifications(id);
    expect(await notifier.handle([{ notification }, { request }])).toEqual([0, 1]);
    expect(await notifier.handle([{ request, replay: true }])).toEqual([]);
    expect(listSentMessages(address)).toHaveLength(1);
    expect(await notifier.handle([{ notification, replay: true }])).toEqual([]);
    expect(listSentMessages(address)).toHaveLength(1);
  });

  it('that takes nothing for an hour makes its messages late, which somebody is told of', async () => {
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

  it('is not given to a doctor what is no longer theirs, however late it is', async () => {
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

  it('whose events come in any order is remembered by the worst of them', async () => {
    const { id, request } = await bookAppointment();
    await notifier.handle([{ request }]);
    const [{ id: notification } = { id: '' }] = await listPatientNotifications(id);
    const notifications = (feedback: string | null) =>
      owner.query('select record_email_event($1, $2, $3)', [notification, 'provider', feedback]);
    for (const feedback of ['complained', 'delivered', 'bounced', null]) await notifications(feedback);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'sent', feedback: 'complained' }]);
  });

  it.each<ProviderBehavior>(['silent', 'cut off', 'stalled', 'failing'])(
    'that takes messages and answers nothing of use (%s) is given an e-mail once, if its events tell, and an SMS once',
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

  it('that has taken an e-mail without saying so tells of it by its events, and it is not sent again', async () => {
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

  it('of which nothing is heard for 15 minutes is given the e-mail again', async () => {
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

  it('that does not answer for three hours loses no e-mail', async () => {
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

  it('that does not answer is never given an SMS again', async () => {
    const { id, request, address } = await bookAppointment({ sms: true });
    provider.behavior = 'silent';
    expect(await notifier.handle([{ request }])).toEqual([]);
    provider.behavior = 'normal';
    await clock.advance(86_400);
    await drain();
    expect(listSentMessages(address)).toHaveLength(1);
    expect(await listPatientNotifications(id)).toMatchObject([{ status: 'unknown', unknown_outcomes: 1 }]);
  });

  it('that says somebody wants no SMS is not asked for them any more', async () => {
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

describe('a notifier that died', () => {
  it.each([
    ['after taking a message up', false, 'sent'],
    ['when it may have asked', true, 'unknown'],
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

it('what is nothing of ours fails, and hinders nobody', async () => {
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

it('a message about what is no more is done with', async () => {
  expect(await notifier.handle([{ notification: randomUUID() }, { request: randomUUID() }])).toEqual([]);
});

it('a reminder waits for the end of quiet hours, and comes late rather than not at all', async () => {
  const { id, start, address } = await bookAppointment();
  await drain();
  // The job was away; it is 23:00, and the visit is at 12:00.
  await clock.stopAt(new Date(start.getTime() - 13 * 3_600_000));
  await planDueReminders({ db: database.connectAs('reminders'), remainingMilliseconds: () => 60_000 });
  await drain();
  expect(listSentMessages(address)).toHaveLength(1);
  await clock.stopAt(new Date(start.getTime() - 4 * 3_600_000));
  await drain();
  expect(listSentMessages(address)[0]?.subject).toBe('Reminder: your appointment at Clinic');
  expect((await listPatientNotifications(id)).map(({ status }) => status)).toEqual(['sent', 'sent']);
});
