import { expect } from 'vitest';
import { handleEmailFeedback } from '../../../lambdas/notifications/handle-email-feedback.ts';
import type { NotificationQueue } from '../../../lambdas/notifications/notification-queue.ts';
import { planDueReminders } from '../../../lambdas/notifications/plan-due-reminders.ts';
import { publishToQueue } from '../../../lambdas/outbox/publish-to-queue.ts';
import { startTestQueue } from '../aws/test-queue.ts';
import { replaceClock } from '../database/test-clock.ts';
import { createDatabase } from '../database/test-database.ts';
import { createRandom } from '../random.ts';
import { countAcceptedMessages } from './accepted-messages.ts';
import { checkNotifications, NO_PROBLEMS } from './check-notifications.ts';
import { recordHistory } from './state-history.ts';
import { createStressUsers } from './stress-users.ts';
import { createEmailEvent, createTestNotifier } from './test-notifier.ts';
import { type ProviderBehavior, startTestProvider } from './test-provider.ts';

interface NotificationStressOptions {
  readonly patients: number;
  readonly days: number;
  /** Each round takes some minutes of database time. */
  readonly roundsPerDay: number;
  readonly seed: number;
}

/** A message of the queue or of SNS that is delivered in a later round. */
interface DeliveredCopy {
  readonly body: string;
  readonly round: number;
  readonly received: number;
}

const START = new Date('2030-03-04T07:00:00Z');
const BEHAVIORS: readonly ProviderBehavior[] = [
  'normal',
  'normal',
  'normal',
  'normal',
  'throttling',
  'down',
  'silent',
  'cut off',
  'failing',
  'unreachable',
];
const NOTIFIERS = 3;

/**
 * Users book, hold, reschedule and cancel while the delivery of notifications fails in every supported way: each message of a real queue is
 * delivered one to five times, in any order, up to a day late, to several notifiers concurrently; two relays run concurrently and lose the
 * queue; the provider throttles, is down, or accepts without a response; its events are late, duplicated and out of order. In the end each
 * recipient must be notified exactly once of each event that is still true, and of nothing else.
 */
export async function runNotificationStress({
  patients,
  days,
  roundsPerDay,
  seed,
}: NotificationStressOptions): Promise<void> {
  const random = createRandom(seed);
  const database = await createDatabase();
  const owner = await database.connect();
  const clock = await replaceClock(owner);
  await clock.stopAt(START);
  await recordHistory(owner);
  const provider = await startTestProvider();
  const accepted = countAcceptedMessages(provider);
  const testQueue = await startTestQueue();
  const notifiers = Array.from({ length: NOTIFIERS }, () =>
    createTestNotifier((role) => database.connectAs(role), provider),
  );
  const relays = [database.connectAs('outbox_relay'), database.connectAs('outbox_relay')];
  const jobs = {
    reminders: [database.connectAs('reminders'), database.connectAs('reminders')],
    events: database.connectAs('email_events'),
    holds: database.connectAs('expire_holds'),
  };
  const users = await createStressUsers(
    database,
    owner,
    random,
    new Date(START.getTime() + 26 * 3_600_000),
    days,
    patients,
  );

  const counts = { messages: 0, copies: 0, queueLost: 0, deadLetters: 0, events: 0 };
  let copies: DeliveredCopy[] = [];
  let events: DeliveredCopy[] = [];
  const bodies: string[] = [];
  let round = 0;
  try {
    for (let day = 0; day < days; day += 1) {
      for (let i = 0; i < roundsPerDay; i += 1) await runRound();
      // Events may be late, but not overnight: an email without an event is sent again.
      await handleEvents(events.splice(0));
      await clock.advance(random.integer(15, 23) * 3_600);
    }
    await drainAll();
    const { problems, figures } = await checkNotifications(owner, accepted);
    console.log(
      `Stress test with seed ${seed}: ${formatFigures({ ...Object.fromEntries(users.actionCounts), ...counts, ...figures })}.`,
    );
    expect(problems).toEqual(NO_PROBLEMS);
  } finally {
    await testQueue.stop();
    await provider.stop();
    await owner.end();
    await database.drop();
  }

  async function runRound(): Promise<void> {
    round += 1;
    await clock.advance(random.integer(20, 160));
    provider.behavior = random.pick(BEHAVIORS);
    const userActions = Array.from({ length: random.integer(1, 4) }, async () => {
      const request = await users.performAction();
      // Otherwise the function has crashed after the commit.
      if (request && random.boolean(0.7))
        await createFailingQueue(testQueue.queue, 0.1)
          .send([{ request }])
          .catch(() => undefined);
    });
    const tasks = [
      ...userActions,
      deliver(takeDueCopies(copies, (remaining) => (copies = remaining))),
      handleEvents(takeDueCopies(events, (remaining) => (events = remaining))),
      ...relays.flatMap((db) => (random.boolean(0.5) ? relay(db, createFailingQueue(testQueue.queue, 0.2)) : [])),
      ...jobs.reminders.flatMap((db) =>
        random.boolean(0.3) ? planDueReminders({ db, remainingMilliseconds: () => 60_000 }) : [],
      ),
      ...(random.boolean(0.5) ? [jobs.holds.query('select expire_holds(100, $1)', [`sweep-${round}`])] : []),
      // Some work in progress takes longer than its lease.
      ...(random.boolean(0.1) ? [clock.advance(70)] : []),
      ...(random.boolean(0.2) ? [changeBehavior()] : []),
    ];
    await Promise.all(tasks);
    await collectMessages();
  }

  async function changeBehavior(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, random.integer(1, 30)));
    provider.behavior = random.pick(BEHAVIORS);
  }

  /** Receives the queued messages and schedules late and duplicate deliveries. */
  async function collectMessages(): Promise<void> {
    accepted.update();
    for (const body of await testQueue.receiveAll()) {
      const times = random.integer(1, 5);
      counts.messages += 1;
      counts.copies += times;
      bodies.push(body);
      for (let i = 0; i < times; i += 1)
        copies.push({
          body,
          round: round + (random.boolean(0.1) ? roundsPerDay : random.integer(1, 5)),
          received: i + 1,
        });
    }
    for (const body of provider.events.splice(0)) {
      const times = random.integer(1, 3);
      counts.events += times;
      for (let i = 0; i < times; i += 1)
        events.push({ body, round: round + random.integer(i === 0 ? 0 : 1, 3), received: 1 });
    }
  }

  function takeDueCopies(
    queuedCopies: DeliveredCopy[],
    setRemaining: (remaining: DeliveredCopy[]) => void,
  ): DeliveredCopy[] {
    setRemaining(queuedCopies.filter((copy) => copy.round > round));
    return random.shuffled(queuedCopies.filter((copy) => copy.round <= round));
  }

  async function deliver(delivered: readonly DeliveredCopy[]): Promise<void> {
    const batches: DeliveredCopy[][] = [];
    for (let at = 0; at < delivered.length; at += 10) batches.push(delivered.slice(at, at + 10));
    const workers = notifiers.map(async (notifier) => {
      for (let batch = batches.pop(); batch; batch = batches.pop()) {
        const failed = await notifier.handle(batch.map(({ body }) => body));
        for (const place of failed) {
          const { body = '', received = 1 } = batch[place] ?? {};
          if (received < 5) copies.push({ body, round: round + 2, received: received + 1 });
          else counts.deadLetters += 1;
        }
      }
    });
    await Promise.all(workers);
  }

  async function handleEvents(eventCopies: readonly DeliveredCopy[]): Promise<void> {
    for (const { body } of eventCopies) await handleEmailFeedback(jobs.events, createEmailEvent(body));
  }

  async function relay(db: (typeof relays)[number], queue: NotificationQueue): Promise<void> {
    await publishToQueue({ db, queue, remainingMilliseconds: () => 60_000 }).catch((error: Error) => {
      if (error.message !== QUEUE_LOST_MESSAGE) throw error;
    });
  }

  /** Wraps a queue that is sometimes unavailable, or accepts messages but loses the response. */
  function createFailingQueue(queue: NotificationQueue, probability: number): NotificationQueue {
    return {
      hide: queue.hide,
      async send(messages) {
        const [isUnavailable, losesResponse] = [random.boolean(probability / 2), random.boolean(probability / 2)];
        if (!isUnavailable) await queue.send(messages);
        if (!isUnavailable && !losesResponse) return;
        counts.queueLost += 1;
        throw new Error(QUEUE_LOST_MESSAGE);
      },
    };
  }

  /** Ends all failures and advances the clock until nothing is due; then delivers every message once more. */
  async function drainAll(): Promise<void> {
    provider.behavior = 'normal';
    for (;;) {
      await jobs.holds.query('select expire_holds(1000, $1)', ['sweep-end']);
      for (const db of relays) await relay(db, testQueue.queue);
      await collectMessages();
      round += roundsPerDay + 5;
      await deliver(takeDueCopies(copies, (remaining) => (copies = remaining)));
      await collectMessages();
      await handleEvents(events.splice(0));
      const { rows } = await owner.query<{ next: Date | null }>(
        `select min(at) as next from (select next_attempt_at as at from notifications union all select expires_at from appointments where status = 'pending') waits`,
      );
      const next = rows[0]?.next;
      if (!next && copies.length === 0) break;
      if (next && next > (await clock.now())) await clock.stopAt(new Date(next.getTime() + 1_000));
    }
    const before = { ...accepted.total };
    await clock.advance(86_400);
    copies = bodies.map((body) => ({ body, round, received: 1 }));
    await deliver(takeDueCopies(copies, (remaining) => (copies = remaining)));
    accepted.update();
    expect(accepted.total).toEqual(before);
  }
}

const QUEUE_LOST_MESSAGE = 'The queue has been lost.';
const formatFigures = (figures: Readonly<Record<string, number>>) =>
  Object.entries(figures)
    .map(([name, figure]) => `${name} ${figure}`)
    .join(', ');
