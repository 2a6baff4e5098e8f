import { expect } from 'vitest';
import { noteMailEvents } from '../../lambdas/notifications/mail-events.ts';
import type { NotificationQueue } from '../../lambdas/notifications/queue.ts';
import { remind } from '../../lambdas/notifications/remind.ts';
import { relayToQueue } from '../../lambdas/outbox/relay-to-queue.ts';
import { chanceOf } from './chance.ts';
import { takeClock } from './clock.ts';
import { keepHistory } from './notification-history.ts';
import { judge, NO_FAULTS } from './notification-judge.ts';
import { mailEvent, notifierOn } from './notifier.ts';
import { createDatabase } from './postgres.ts';
import { type Mood, startProvider } from './provider.ts';
import { gatherPeople } from './storm-people.ts';
import { startStormQueue } from './storm-queue.ts';
import { takenBy } from './taken-messages.ts';

interface StormOptions {
  readonly patients: number;
  readonly days: number;
  /** Each some minutes long. */
  readonly roundsPerDay: number;
  readonly seed: number;
}

/** A message of the queue or of SNS that comes in a later round. */
interface Copy {
  readonly body: string;
  readonly round: number;
  readonly received: number;
}

const START = new Date('2030-03-04T07:00:00Z');
const MOODS: readonly Mood[] = [
  'well',
  'well',
  'well',
  'well',
  'throttling',
  'down',
  'silent',
  'cut off',
  'failing',
  'unreachable',
];
const NOTIFIERS = 3;

/**
 * Lets people book, hold, move and cancel while everything between them and their messages goes wrong that may: each message of a real queue comes one to
 * five times, in any order, up to a day late, to several notifiers at once; relays run two at a time and lose the queue in the middle; the provider throttles,
 * is down, or does not answer though it has taken; its events come late, doubled and in any order. In the end everybody must have been told once of all that
 * is so, and of nothing else.
 */
export async function liveThroughStorm({ patients, days, roundsPerDay, seed }: StormOptions): Promise<void> {
  const chance = chanceOf(seed);
  const database = await createDatabase();
  const owner = await database.connect();
  const clock = await takeClock(owner);
  await clock.stopAt(START);
  await keepHistory(owner);
  const provider = await startProvider();
  const taken = takenBy(provider);
  const storm = await startStormQueue();
  const notifiers = Array.from({ length: NOTIFIERS }, () => notifierOn((role) => database.as(role), provider));
  const relays = [database.as('outbox_relay'), database.as('outbox_relay')];
  const jobs = {
    reminders: [database.as('reminders'), database.as('reminders')],
    events: database.as('mail_events'),
    holds: database.as('expire_holds'),
  };
  const people = await gatherPeople(
    database,
    owner,
    chance,
    new Date(START.getTime() + 26 * 3_600_000),
    days,
    patients,
  );

  const counts = { messages: 0, copies: 0, queueLost: 0, deadLetters: 0, events: 0 };
  let copies: Copy[] = [];
  let events: Copy[] = [];
  const bodies: string[] = [];
  let round = 0;
  try {
    for (let day = 0; day < days; day += 1) {
      for (let i = 0; i < roundsPerDay; i += 1) await liveThroughRound();
      // News may be late, and not by a night: an e-mail without news is sent again.
      await hear(events.splice(0));
      await clock.advance(chance.whole(15, 23) * 3_600);
    }
    await calmDown();
    const { faults, figures } = await judge(owner, taken);
    console.log(`Storm ${seed}: ${text({ ...Object.fromEntries(people.done), ...counts, ...figures })}.`);
    expect(faults).toEqual(NO_FAULTS);
  } finally {
    await storm.stop();
    await provider.stop();
    await owner.end();
    await database.drop();
  }

  async function liveThroughRound(): Promise<void> {
    round += 1;
    await clock.advance(chance.whole(20, 160));
    provider.mood = chance.of(MOODS);
    const deeds = Array.from({ length: chance.whole(1, 4) }, async () => {
      const request = await people.act();
      // Or its function died after the commit.
      if (request && chance.is(0.7))
        await failing(storm.queue, 0.1)
          .send([{ request }])
          .catch(() => undefined);
    });
    const work = [
      ...deeds,
      deliver(due(copies, (rest) => (copies = rest))),
      hear(due(events, (rest) => (events = rest))),
      ...relays.flatMap((db) => (chance.is(0.5) ? relay(db, failing(storm.queue, 0.2)) : [])),
      ...jobs.reminders.flatMap((db) => (chance.is(0.3) ? remind({ db, timeLeft: () => 60_000 }) : [])),
      ...(chance.is(0.5) ? [jobs.holds.query('select expire_holds(100, $1)', [`sweep-${round}`])] : []),
      // What is under way takes longer than its lease.
      ...(chance.is(0.1) ? [clock.advance(70)] : []),
      ...(chance.is(0.2) ? [changeMood()] : []),
    ];
    await Promise.all(work);
    await collect();
  }

  async function changeMood(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, chance.whole(1, 30)));
    provider.mood = chance.of(MOODS);
  }

  /** Takes what there is to deliver now, and puts it where it will be late and come more than once. */
  async function collect(): Promise<void> {
    taken.look();
    for (const body of await storm.takeAll()) {
      const times = chance.whole(1, 5);
      counts.messages += 1;
      counts.copies += times;
      bodies.push(body);
      for (let i = 0; i < times; i += 1)
        copies.push({ body, round: round + (chance.is(0.1) ? roundsPerDay : chance.whole(1, 5)), received: i + 1 });
    }
    for (const body of provider.events.splice(0)) {
      const times = chance.whole(1, 3);
      counts.events += times;
      for (let i = 0; i < times; i += 1)
        events.push({ body, round: round + chance.whole(i === 0 ? 0 : 1, 3), received: 1 });
    }
  }

  function due(waiting: Copy[], keep: (rest: Copy[]) => void): Copy[] {
    keep(waiting.filter((copy) => copy.round > round));
    return chance.shuffled(waiting.filter((copy) => copy.round <= round));
  }

  async function deliver(delivered: readonly Copy[]): Promise<void> {
    const batches: Copy[][] = [];
    for (let at = 0; at < delivered.length; at += 10) batches.push(delivered.slice(at, at + 10));
    const reading = notifiers.map(async (notifier) => {
      for (let batch = batches.pop(); batch; batch = batches.pop()) {
        const failed = await notifier.handle(batch.map(({ body }) => body));
        for (const place of failed) {
          const { body = '', received = 1 } = batch[place] ?? {};
          if (received < 5) copies.push({ body, round: round + 2, received: received + 1 });
          else counts.deadLetters += 1;
        }
      }
    });
    await Promise.all(reading);
  }

  async function hear(heard: readonly Copy[]): Promise<void> {
    for (const { body } of heard) await noteMailEvents(jobs.events, mailEvent(body));
  }

  async function relay(db: (typeof relays)[number], queue: NotificationQueue): Promise<void> {
    await relayToQueue({ db, queue, timeLeft: () => 60_000 }).catch((error: Error) => {
      if (error.message !== QUEUE_LOST) throw error;
    });
  }

  /** A queue that is away at times, or loses its answer though it has taken all. */
  function failing(queue: NotificationQueue, often: number): NotificationQueue {
    return {
      hide: queue.hide,
      async send(messages) {
        const [isAway, isSilent] = [chance.is(often / 2), chance.is(often / 2)];
        if (!isAway) await queue.send(messages);
        if (!isAway && !isSilent) return;
        counts.queueLost += 1;
        throw new Error(QUEUE_LOST);
      },
    };
  }

  /** All is well again, and time goes by until nothing is due; then every message comes once more. */
  async function calmDown(): Promise<void> {
    provider.mood = 'well';
    for (;;) {
      await jobs.holds.query('select expire_holds(1000, $1)', ['sweep-end']);
      for (const db of relays) await relay(db, storm.queue);
      await collect();
      round += roundsPerDay + 5;
      await deliver(due(copies, (rest) => (copies = rest)));
      await collect();
      await hear(events.splice(0));
      const { rows } = await owner.query<{ next: Date | null }>(
        `select min(at) as next from (select look_at as at from notifications union all select expires_at from appointments where status = 'pending') waits`,
      );
      const next = rows[0]?.next;
      if (!next && copies.length === 0) break;
      if (next && next > (await clock.now())) await clock.stopAt(new Date(next.getTime() + 1_000));
    }
    const before = { ...taken.total };
    await clock.advance(86_400);
    copies = bodies.map((body) => ({ body, round, received: 1 }));
    await deliver(due(copies, (rest) => (copies = rest)));
    taken.look();
    expect(taken.total).toEqual(before);
  }
}

const QUEUE_LOST = 'The queue has been lost.';
const text = (figures: Readonly<Record<string, number>>) =>
  Object.entries(figures)
    .map(([name, figure]) => `${name} ${figure}`)
    .join(', ');
