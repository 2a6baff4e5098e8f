import type pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ChangeName } from '../../lambdas/appointments/appointments.sql.ts';
import { planNotifications } from '../../lambdas/notifications/notifications.sql.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { book, change, commandOf } from '../support/clients.ts';
import { insertClinic, insertPatients, insertSlots, type TestClinic } from '../support/clinic.ts';
import { takeClock } from '../support/clock.ts';
import { notificationsOf } from '../support/notified.ts';
import { notifierOn, type TestNotifier } from '../support/notifier.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Provider, startProvider } from '../support/provider.ts';

vi.hoisted(() => {
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

let database: TestDatabase;
let owner: pg.Client;
let patientApi: Db;
let provider: Provider;
let notifier: TestNotifier;
let clinic: TestClinic;
/** Happens once, when a message is written and the provider not asked yet. */
let meanwhile: (() => Promise<unknown>) | undefined;

const NOW = Date.UTC(2030, 0, 1, 12);
const DAY = 86_400_000;
const HALF_HOUR = 1_800_000;
let day = 2;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  await (await takeClock(owner)).stopAt(new Date(NOW));
  patientApi = database.as('patient_api');
  provider = await startProvider();
  notifier = notifierOn((role) => interrupted(database.as(role)), provider);
  clinic = await insertClinic(owner, { horizonDays: 366 });
});

afterAll(async () => {
  await provider.stop();
  await owner.end();
  await database.drop();
});

function interrupted(db: Db): Db {
  return {
    async query<Row extends object>(text: string, values?: readonly unknown[]) {
      if (text.includes('claim_sending(')) {
        const happens = meanwhile;
        meanwhile = undefined;
        await happens?.();
      }
      return db.query<Row>(text, values);
    },
  };
}

/** Books for a patient of their own, and lets the notifier write to them while something happens. Answers what they got, and what became of the row. */
async function toldWhile(happens: (sub: string, id: string, later: Date) => Promise<unknown>) {
  const [sub = ''] = await insertPatients(owner, 1);
  const start = new Date(NOW + day++ * DAY);
  await insertSlots(owner, clinic, start, 2);
  const { answer, requestId } = await book(patientApi, sub, { clinicId: clinic.clinicId, startTime: start });
  if (answer.outcome !== 'done') throw new Error(`Not booked: ${JSON.stringify(answer)}`);
  const { id } = answer.appointment;
  await planNotifications(database.as('notifier'), requestId, 100);
  const [planned] = (await notificationsOf(owner, id)).filter(({ recipient }) => recipient === 'patient');
  meanwhile = () => happens(sub, id, new Date(start.getTime() + HALF_HOUR));
  expect(await notifier.handle([{ notification: planned?.id }])).toEqual([]);
  expect(meanwhile).toBeUndefined();
  const rows = (await notificationsOf(owner, id)).filter((row) => row.id === planned?.id);
  const mails = provider.taken().filter(({ to }) => to.includes(`${sub}@example.com`));
  return { rows, mails };
}

async function done(sub: string, name: ChangeName, id: string, wish = {}): Promise<void> {
  const { answer } = await change(patientApi, commandOf(sub), name, id, wish);
  expect(answer.outcome).toBe('done');
}

it('who cancels while the message of the booking is being written does not get it', async () => {
  const { rows, mails } = await toldWhile((sub, id) => done(sub, 'cancel', id));
  expect(rows).toMatchObject([{ status: 'suppressed', reason: 'no_longer_true' }]);
  expect(mails).toEqual([]);
});

it('who wants no more e-mails while one is being written does not get it', async () => {
  const { rows, mails } = await toldWhile((sub) =>
    owner.query('update patients set notify_by_email = false where cognito_sub = $1', [sub]),
  );
  expect(rows).toMatchObject([{ status: 'suppressed', reason: 'no_address' }]);
  expect(mails).toEqual([]);
});

it('who moves while the message is being written gets one with the new time', async () => {
  const { rows, mails } = await toldWhile((sub, id, later) => done(sub, 'reschedule', id, { startTime: later }));
  expect(rows).toMatchObject([{ status: 'sent', losses: 0 }]);
  expect(mails).toHaveLength(1);
  expect(mails[0]?.text).toContain('12:30');
  expect(mails[0]?.text).not.toContain('12:00');
});
