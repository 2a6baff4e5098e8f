import { expect } from 'vitest';
import { planDueReminders } from '../../../lambdas/notifications/plan-due-reminders.ts';
import { publishToQueue } from '../../../lambdas/outbox/publish-to-queue.ts';
import { replaceClock } from '../database/test-clock.ts';
import { createDatabase } from '../database/test-database.ts';
import { createRandom, type Random } from '../random.ts';
import { countAcceptedMessages } from './accepted-messages.ts';
import { createReminderRules, MINUTE } from './expected-reminders.ts';
import { type AppointmentToRemind, insertAppointmentsToRemind } from './reminder-appointments.ts';
import { createTestNotifier } from './test-notifier.ts';
import { startTestProvider } from './test-provider.ts';

interface ReminderStressOptions {
  readonly appointments: number;
  /** The first run of the job. */
  readonly from: Date;
  /** The appointments start within this number of days, from the second one on. */
  readonly days: number;
  readonly everyMinutes: number;
  readonly seed: number;
}

const HOUR = 60 * MINUTE;

/**
 * Runs the reminder job late, twice concurrently, and not at all for up to six hours, across a change of daylight saving time. Each patient
 * must be reminded once on each of their channels, by exactly the run that the rules determine.
 */
export async function runReminderStress({
  appointments,
  from,
  days,
  everyMinutes,
  seed,
}: ReminderStressOptions): Promise<void> {
  const random = createRandom(seed);
  const database = await createDatabase();
  const owner = await database.connect();
  const clock = await replaceClock(owner);
  const provider = await startTestProvider();
  const accepted = countAcceptedMessages(provider);
  const notifier = createTestNotifier((role) => database.connectAs(role), provider);
  const relay = database.connectAs('outbox_relay');
  const jobs = [database.connectAs('reminders'), database.connectAs('reminders')];
  const end = from.getTime() + days * 24 * HOUR;
  await clock.stopAt(from);
  const appointmentsToRemind = await insertAppointmentsToRemind(
    owner,
    random,
    appointments,
    from.getTime() + 49 * HOUR,
    end,
  );
  const runTimes = Array.from(
    { length: (end - from.getTime()) / (everyMinutes * MINUTE) + 1 },
    (_, place) => from.getTime() + place * everyMinutes * MINUTE,
  );
  const { executedRuns, outages } = drawRuns(random, runTimes);
  const counts = { concurrent: 0 };
  try {
    for (const runTime of runTimes) {
      await clock.stopAt(new Date(runTime));
      if (executedRuns.has(runTime)) {
        const connections = random.boolean(0.2) ? jobs : jobs.slice(0, 1);
        counts.concurrent += connections.length - 1;
        await Promise.all(connections.map((db) => planDueReminders({ db, remainingMilliseconds: () => 60_000 })));
      }
      await sendReminders();
    }
    accepted.update();
    await checkReminders();
  } finally {
    await provider.stop();
    await owner.end();
    await database.drop();
  }

  async function sendReminders(): Promise<void> {
    const bodies: object[] = [];
    const queue = { send: async (more: readonly object[]) => void bodies.push(...more), hide: async () => undefined };
    await publishToQueue({ db: relay, queue, remainingMilliseconds: () => 60_000 });
    for (let at = 0; at < bodies.length; at += 10) {
      expect(await notifier.handle(bodies.slice(at, at + 10))).toEqual([]);
      accepted.update();
    }
    // The notifications have their final status when they are accepted, so the provider's events are not needed.
    provider.events.length = 0;
  }

  async function checkReminders(): Promise<void> {
    const { rows } = await owner.query<{ key: string; id: string; reference: string; at: Date | null; status: string }>(
      `select n.appointment_id || ' ' || n.channel as key, n.id, a.reference, n.finished_at as at, n.status
       from notifications n join appointments a on a.id = n.appointment_id`,
    );
    const rowsByKey = new Map(rows.map((row) => [row.key, row]));
    const problems: string[] = [];
    const figures = { appointments, reminders: 0, late: 0, delayedByQuietHours: 0, missed: 0 };
    const executed = [...executedRuns].toSorted((one, other) => one - other);
    for (const reminder of appointmentsToRemind) {
      const run = executed.find((runTime) => runTime >= reminder.dueTime);
      const isDue = reminder.status === 'booked' && reminder.wantsReminders && reminder.scheduledAt < reminder.dueTime;
      const isMissed = run === undefined || run >= reminder.start;
      if (isDue && isMissed) figures.missed += 1;
      for (const channel of listChannels(reminder)) {
        const row = rowsByKey.get(`${reminder.id} ${channel}`);
        rowsByKey.delete(`${reminder.id} ${channel}`);
        if (!isDue || isMissed) {
          if (row) problems.push(`${describeReminder(reminder)}: reminded although nothing was due`);
          continue;
        }
        const sendTime = createReminderRules(reminder.clinic).computeSendTime(run, reminder.start);
        const at = runTimes.find((runTime) => runTime >= sendTime) ?? 0;
        figures.reminders += 1;
        if (run - reminder.dueTime >= everyMinutes * MINUTE) figures.late += 1;
        if (at > run) figures.delayedByQuietHours += 1;
        const copies =
          channel === 'email'
            ? accepted.countEmails(row?.id ?? '')
            : accepted.countSms(row?.reference ?? '', 'appointment_reminder');
        const isCorrect =
          row?.status === 'sent' &&
          copies === 1 &&
          row.at?.getTime() === at &&
          at >= reminder.dueTime &&
          at < reminder.start;
        if (!isCorrect)
          problems.push(
            `${describeReminder(reminder)} ${channel}: ${copies} copies, ${row?.status} ${row?.at?.toISOString()}, not ${new Date(at).toISOString()}`,
          );
      }
    }
    const skippedRuns = runTimes.length - executedRuns.size;
    console.log(
      `Reminders: ${JSON.stringify({ ...figures, executedRuns: executedRuns.size, skippedRuns, concurrentRuns: counts.concurrent, outages, accepted: accepted.total })}`,
    );
    expect([...problems, ...[...rowsByKey.keys()].map((key) => `${key}: unexpected`)]).toEqual([]);
    expect(accepted.total.emails + accepted.total.sms).toBe(figures.reminders);
  }
}

/** Draws the runs of the job: an outage of up to six hours about once a day, and some skipped runs. */
function drawRuns(random: Random, runTimes: readonly number[]): { executedRuns: Set<number>; outages: number } {
  let [outageStart, outageEnd, outages] = [0, 0, 0];
  const executedRuns = new Set<number>();
  for (const runTime of runTimes) {
    if (runTime >= outageEnd + 12 * HOUR && runTime >= outageStart) {
      outageStart = runTime + random.integer(0, 12) * HOUR;
      outageEnd = outageStart + random.integer(1, 72) * 5 * MINUTE;
      outages += 1;
    }
    const isOutage = runTime >= outageStart && runTime < outageEnd;
    if (!isOutage && random.boolean(0.85)) executedRuns.add(runTime);
  }
  return { executedRuns, outages };
}

const listChannels = ({ wantsEmail, wantsSms }: AppointmentToRemind) => [
  ...(wantsEmail ? ['email'] : []),
  ...(wantsSms ? ['sms'] : []),
];
const describeReminder = ({ clinic, start, dueTime: due }: AppointmentToRemind) =>
  `${clinic.timeZone}, ${clinic.leadMinutes} minutes before ${new Date(start).toISOString()}, due ${new Date(due).toISOString()}`;
