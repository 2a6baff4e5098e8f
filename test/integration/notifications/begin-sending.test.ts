import type pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ChangeName } from '../../../lambdas/appointments/appointments.sql.ts';
import { planNotifications } from '../../../lambdas/notifications/notifications.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment, createCommand } from '../../support/clinic/booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, type TestClinic } from '../../support/clinic/insert-clinic.ts';
import { replaceClock } from '../../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { listNotifications } from '../../support/notifications/notification-rows.ts';
import { createTestNotifier, type TestNotifier } from '../../support/notifications/test-notifier.ts';
import { startTestProvider, type TestProvider } from '../../support/notifications/test-provider.ts';

vi.hoisted(() => {
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

let database: TestDatabase;
let owner: pg.Client;
let patientApi: Db;
let provider: TestProvider;
let notifier: TestNotifier;
let clinic: TestClinic;
/** Runs once, between writing a message and sending it to the provider. */
let beforeSending: (() => Promise<unknown>) | undefined;

const NOW = Date.UTC(2030, 0, 1, 12);
const DAY = 86_400_000;
const HALF_HOUR = 1_800_000;
let day = 2;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  await (await replaceClock(owner)).stopAt(new Date(NOW));
  patientApi = database.connectAs('patient_api');
  provider = await startTestProvider();
  notifier = createTestNotifier((role) => interceptSending(database.connectAs(role)), provider);
  clinic = await insertClinic(owner, { horizonDays: 366 });
});

afterAll(async () => {
  await provider.stop();
  await owner.end();
  await database.drop();
});

function interceptSending(db: Db): Db {
  return {
    async query<Row extends object>(text: string, values?: readonly unknown[]) {
      if (text.includes('begin_sending(')) {
        const callback = beforeSending;
        beforeSending = undefined;
        await callback?.();
      }
      return db.query<Row>(text, values);
    },
  };
}

/** Books for a new patient and runs the callback just before the email is sent. Returns the patient's emails and the notification row. */
async function deliverWhile(callback: (sub: string, id: string, later: Date) => Promise<unknown>) {
  const [sub = ''] = await insertPatients(owner, 1);
  const start = new Date(NOW + day++ * DAY);
  await insertSlots(owner, clinic, start, 2);
  const { result, requestId } = await bookForPatient(patientApi, sub, { clinicId: clinic.clinicId, startTime: start });
  if (result.outcome !== 'done') throw new Error(`Not booked: ${JSON.stringify(result)}`);
  const { id } = result.appointment;
  await planNotifications(database.connectAs('notifier'), requestId, 100);
  const [planned] = (await listNotifications(owner, id)).filter(({ recipient }) => recipient === 'patient');
  beforeSending = () => callback(sub, id, new Date(start.getTime() + HALF_HOUR));
  expect(await notifier.handle([{ notification: planned?.id }])).toEqual([]);
  expect(beforeSending).toBeUndefined();
  const rows = (await listNotifications(owner, id)).filter((row) => row.id === planned?.id);
  const emails = provider.acceptedMessages().filter(({ to }) => to.includes(`${sub}@example.com`));
  return { rows, emails };
}

async function change(sub: string, name: ChangeName, id: string, request = {}): Promise<void> {
  const { result } = await changeAppointment(patientApi, createCommand(sub), name, id, request);
  expect(result.outcome).toBe('done');
}

it('a booking notification is suppressed if the appointment is cancelled while the message is written', async () => {
  const { rows, emails } = await deliverWhile((sub, id) => change(sub, 'cancel', id));
  expect(rows).toMatchObject([{ status: 'suppressed', reason: 'no_longer_true' }]);
  expect(emails).toEqual([]);
});

it('a notification is suppressed if the patient disables email while the message is written', async () => {
  const { rows, emails } = await deliverWhile((sub) =>
    owner.query('update patients set notify_by_email = false where cognito_sub = $1', [sub]),
  );
  expect(rows).toMatchObject([{ status: 'suppressed', reason: 'no_address' }]);
  expect(emails).toEqual([]);
});

it('a notification has the new time if the appointment is rescheduled while the message is written', async () => {
  const { rows, emails } = await deliverWhile((sub, id, later) => change(sub, 'reschedule', id, { startTime: later }));
  expect(rows).toMatchObject([{ status: 'sent', unknown_outcomes: 0 }]);
  expect(emails).toHaveLength(1);
  expect(emails[0]?.text).toContain('12:30');
  expect(emails[0]?.text).not.toContain('12:00');
});
