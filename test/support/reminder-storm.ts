import { expect } from 'vitest';
import { remind } from '../../lambdas/notifications/remind.ts';
import { relayToQueue } from '../../lambdas/outbox/relay-to-queue.ts';
import { type Chance, chanceOf } from './chance.ts';
import { takeClock } from './clock.ts';
import { notifierOn } from './notifier.ts';
import { createDatabase } from './postgres.ts';
import { startProvider } from './provider.ts';
import { insertRemindables, type Remindable } from './reminder-people.ts';
import { MINUTE, remindersOf } from './reminder-rules.ts';
import { takenBy } from './taken-messages.ts';

interface ReminderStormOptions {
  readonly appointments: number;
  /** The first run of the job. */
  readonly from: Date;
  /** Within so many days the appointments begin, from the second on. */
  readonly days: number;
  readonly everyMinutes: number;
  readonly seed: number;
}

const HOUR = 60 * MINUTE;

/**
 * Lets the job of reminders run late, twice at once, and not at all for up to six hours, over a change of the clocks. Everybody must be reminded once on each of their
 * channels, and at the very run at which the rule says so.
 */
export async function remindThrough({
  appointments,
  from,
  days,
  everyMinutes,
  seed,
}: ReminderStormOptions): Promise<void> {
  const chance = chanceOf(seed);
  const database = await createDatabase();
  const owner = await database.connect();
  const clock = await takeClock(owner);
  const provider = await startProvider();
  const taken = takenBy(provider);
  const notifier = notifierOn((role) => database.as(role), provider);
  const relay = database.as('outbox_relay');
  const jobs = [database.as('reminders'), database.as('reminders')];
  const end = from.getTime() + days * 24 * HOUR;
  await clock.stopAt(from);
  const remindables = await insertRemindables(owner, chance, appointments, from.getTime() + 49 * HOUR, end);
  const ticks = Array.from(
    { length: (end - from.getTime()) / (everyMinutes * MINUTE) + 1 },
    (_, place) => from.getTime() + place * everyMinutes * MINUTE,
  );
  const { runs, away } = runsOf(chance, ticks);
  const counts = { doubled: 0 };
  try {
    for (const tick of ticks) {
      await clock.stopAt(new Date(tick));
      if (runs.has(tick)) {
        const times = chance.is(0.2) ? jobs : jobs.slice(0, 1);
        counts.doubled += times.length - 1;
        await Promise.all(times.map((db) => remind({ db, timeLeft: () => 60_000 })));
      }
      await send();
    }
    taken.look();
    await judge();
  } finally {
    await provider.stop();
    await owner.end();
    await database.drop();
  }

  async function send(): Promise<void> {
    const bodies: object[] = [];
    const queue = { send: async (more: readonly object[]) => void bodies.push(...more), hide: async () => undefined };
    await relayToQueue({ db: relay, queue, timeLeft: () => 60_000 });
    for (let at = 0; at < bodies.length; at += 10) {
      expect(await notifier.handle(bodies.slice(at, at + 10))).toEqual([]);
      taken.look();
    }
    // Settled when they were taken: what is told of them is of no concern here.
    provider.events.length = 0;
  }

  async function judge(): Promise<void> {
    const { rows } = await owner.query<{ key: string; id: string; reference: string; at: Date | null; status: string }>(
      `select n.appointment_id || ' ' || n.channel as key, n.id, a.reference, n.settled_at as at, n.status
       from notifications n join appointments a on a.id = n.appointment_id`,
    );
    const found = new Map(rows.map((row) => [row.key, row]));
    const wrong: string[] = [];
    const figures = { appointments, reminders: 0, late: 0, delayedByQuietHours: 0, begunMeanwhile: 0 };
    const executed = [...runs].toSorted((one, other) => one - other);
    for (const one of remindables) {
      const run = executed.find((tick) => tick >= one.due);
      const isDue = one.status === 'booked' && one.wantsReminders && one.scheduledAt < one.due;
      const isMissed = run === undefined || run >= one.start;
      if (isDue && isMissed) figures.begunMeanwhile += 1;
      for (const channel of channelsOf(one)) {
        const row = found.get(`${one.id} ${channel}`);
        found.delete(`${one.id} ${channel}`);
        if (!isDue || isMissed) {
          if (row) wrong.push(`${describe(one)}: reminded, though nothing was due`);
          continue;
        }
        const free = remindersOf(one.clinic).sentAt(run, one.start);
        const at = ticks.find((tick) => tick >= free) ?? 0;
        figures.reminders += 1;
        if (run - one.due >= everyMinutes * MINUTE) figures.late += 1;
        if (at > run) figures.delayedByQuietHours += 1;
        const copies =
          channel === 'email' ? taken.emails(row?.id ?? '') : taken.sms(row?.reference ?? '', 'appointment_reminder');
        const isRight =
          row?.status === 'sent' && copies === 1 && row.at?.getTime() === at && at >= one.due && at < one.start;
        if (!isRight)
          wrong.push(
            `${describe(one)} ${channel}: ${copies} copies, ${row?.status} ${row?.at?.toISOString()}, not ${new Date(at).toISOString()}`,
          );
      }
    }
    const runsAway = ticks.length - runs.size;
    console.log(
      `Reminders: ${JSON.stringify({ ...figures, runs: runs.size, runsLeftOut: runsAway, runsDoubled: counts.doubled, absences: away, taken: taken.total })}`,
    );
    expect([...wrong, ...[...found.keys()].map((key) => `${key}: for nobody`)]).toEqual([]);
    expect(taken.total.emails + taken.total.sms).toBe(figures.reminders);
  }
}

/** When the job runs: it is away for up to six hours about once a day, and now and then it is left out. */
function runsOf(chance: Chance, ticks: readonly number[]): { runs: Set<number>; away: number } {
  let [awayFrom, awayUntil, away] = [0, 0, 0];
  const runs = new Set<number>();
  for (const tick of ticks) {
    if (tick >= awayUntil + 12 * HOUR && tick >= awayFrom) {
      awayFrom = tick + chance.whole(0, 12) * HOUR;
      awayUntil = awayFrom + chance.whole(1, 72) * 5 * MINUTE;
      away += 1;
    }
    const isAway = tick >= awayFrom && tick < awayUntil;
    if (!isAway && chance.is(0.85)) runs.add(tick);
  }
  return { runs, away };
}

const channelsOf = ({ wantsEmail, wantsSms }: Remindable) => [
  ...(wantsEmail ? ['email'] : []),
  ...(wantsSms ? ['sms'] : []),
];
const describe = ({ clinic, start, due }: Remindable) =>
  `${clinic.timeZone}, ${clinic.leadMinutes} minutes before ${new Date(start).toISOString()}, due ${new Date(due).toISOString()}`;
