import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { publishToQueue } from '../../../lambdas/outbox/publish-to-queue.ts';
import { insertPatients, insertSlots } from '../clinic/insert-clinic.ts';
import { createApiEvent, createClaims } from '../http/in-process-api.ts';
import { listNotifications } from '../notifications/notification-rows.ts';
import { createSqsEvent } from '../notifications/test-notifier.ts';
import { createRandom, type Random } from '../random.ts';
import { type NotificationKillEnvironment, openNotificationKillEnvironment } from './notification-kill-environment.ts';
import { NOTIFICATION_KILL_POINTS, type NotificationKillPoint } from './notification-kill-points.ts';

interface NotificationKillOptions {
  /** The number of kills at each point, alternating between email and SMS and between a received and a lost provider event. */
  readonly perPoint: number;
  /** Uses only every nth point; each function must still be covered. @default - 1, all of them */
  readonly everyNthPoint?: number;
  readonly seed: number;
}

interface NotificationKill {
  readonly point: NotificationKillPoint;
  readonly channel: 'email' | 'sms';
  /** Whether the provider's events up to the kill are lost. */
  readonly isEventLost: boolean;
  readonly number: number;
}

const START = new Date('2030-03-04T10:00:00Z');
const FIRST_SLOT = new Date('2030-04-04T10:00:00Z');
const VISIBILITY_SECONDS = 181;

/**
 * Kills real functions between the commit of a booking and its messages, then runs the other functions until nothing is due. Each recipient
 * must be notified once. If it is unknown whether the provider accepted a message, an email is sent twice only if its event is lost too, and
 * an SMS never.
 */
export async function runNotificationKillRounds({
  perPoint,
  everyNthPoint = 1,
  seed,
}: NotificationKillOptions): Promise<void> {
  const environment = await openNotificationKillEnvironment(START);
  const random = createRandom(seed);
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const points = NOTIFICATION_KILL_POINTS.filter((_, position) => position % everyNthPoint === 0);
  const kills = points.flatMap((point, row) =>
    // Two points with `accepted` follow each other in the list. Together they cover all four variants.
    Array.from({ length: Math.max(perPoint, point.accepted ? 2 : 1) }, (_, place): Omit<NotificationKill, 'number'> => {
      const variant = 2 * row + place;
      return { point, channel: variant % 2 === 0 ? 'email' : 'sms', isEventLost: variant % 4 < 2 };
    }),
  );
  try {
    for (const [number, kill] of random.shuffled(kills).entries())
      await runNotificationKill(environment, random, { ...kill, number }, count);
    console.log(
      `Kills and their results: ${[...counts]
        .toSorted()
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}.`,
    );
    expect(counts.get('killed')).toBe(kills.length);
  } finally {
    await environment.stop();
  }
}

async function runNotificationKill(
  environment: NotificationKillEnvironment,
  random: Random,
  kill: NotificationKill,
  count: (name: string) => void,
): Promise<void> {
  const { owner, clinic, api, accepted, provider, notifier } = environment;
  const { point, channel, isEventLost, number } = kill;
  const description = `${point.entry} ${point.name}, ${channel}, event ${isEventLost ? 'lost' : 'received'}`;
  const start = new Date(FIRST_SLOT.getTime() + number * 1_800_000);
  const [slotId = ''] = await insertSlots(owner, clinic, start);
  const [sub = ''] = await insertPatients(owner, 1);
  await owner.query(
    'update patients set notify_by_email = $2, notify_by_sms = not $2, phone = $3 where cognito_sub = $1',
    [sub, channel === 'email', `+35191${String(number).padStart(7, '0')}`],
  );
  const call = {
    route: 'POST /appointments',
    body: { slotId },
    headers: { 'idempotency-key': randomUUID() },
    claims: createClaims(sub, 'patient'),
  };
  const undeletedBodies: string[] = [];

  const killable = await environment.start(point.entry);
  const event = await createEvent(point.entry);
  if (point.dependency && point.moment && point.requestContains) {
    const { dependency, moment, requestContains } = point;
    expect(await killable.invokeUntil({ dependency, moment, requestContains }, event), description).toBeUndefined();
  } else {
    expect(await killable.invoke(event), description).toMatchObject({ ok: true, payload: { batchItemFailures: [] } });
    await killable.kill();
  }
  count('killed');
  if (isEventLost) provider.events.length = 0;
  await notifier.handleProviderEvents();
  if (point.entry === 'outbox-relay' && point.name !== 'after marking the rows') {
    // The next run of the relay enqueues them at once, without waiting for a timeout.
    expect(
      await publishToQueue({
        db: environment.relayDb,
        queue: environment.queue.queue,
        remainingMilliseconds: () => 60_000,
      }),
      description,
    ).toEqual({
      enqueued: 2,
    });
  }
  // A patient who received no response may retry with the same idempotency key.
  if (point.entry === 'patient-api' && random.boolean(0.5)) expect((await api(call)).status, description).toBe(201);
  await drain(environment, undeletedBodies);
  accepted.update();

  const { rows } = await owner.query<{ id: string; reference: string }>(
    'select id, reference from appointments where start_time = $1',
    [start],
  );
  const [{ id, reference } = { id: undefined, reference: '' }] = rows;
  if (id === undefined) {
    expect(['before the commit', 'during the commit'], description).toContain(point.name);
    return count('not committed');
  }
  const notifications = await listNotifications(owner, id);
  expect(
    notifications.map((row) => `${row.recipient} ${row.channel}`),
    description,
  ).toEqual(['doctor email', `patient ${channel}`]);
  for (const row of notifications) {
    const isKilled = point.accepted !== undefined && row.recipient === 'patient';
    const copies = row.channel === 'sms' ? accepted.countSms(reference, row.kind) : accepted.countEmails(row.id);
    const expected = computeExpectedDelivery(isKilled ? point.accepted : undefined, row.channel, isEventLost);
    expect({ about: description, recipient: row.recipient, status: row.status, copies }).toEqual({
      about: description,
      recipient: row.recipient,
      ...expected,
    });
    if (isKilled)
      count(
        `${channel}, ${point.accepted === 'yes' ? 'accepted' : 'not accepted'}${channel === 'sms' ? '' : isEventLost ? ', event lost' : ', event received'}: ${copies} copies,`,
      );
    else count(`${row.channel}, elsewhere: ${copies} copies,`);
  }

  async function createEvent(entry: NotificationKillPoint['entry']): Promise<unknown> {
    if (entry === 'patient-api') return createApiEvent(call);
    expect((await api(call)).status).toBe(201);
    if (entry === 'outbox-relay') return {};
    await publishToQueue({
      db: environment.relayDb,
      queue: environment.queue.queue,
      remainingMilliseconds: () => 60_000,
    });
    const { rows } = await owner.query<{ id: string }>(
      `select n.id from notifications n join patients on patients.id = n.recipient_id where cognito_sub = $1 and n.recipient = 'patient'`,
      [sub],
    );
    const body = JSON.stringify({ notification: rows[0]?.id });
    const bodies = await environment.queue.receiveAll();
    expect(bodies).toContain(body);
    undeletedBodies.push(...bodies);
    return createSqsEvent([body], 1);
  }
}

/** Returns the expected status and number of copies of a message. */
function computeExpectedDelivery(accepted: NotificationKillPoint['accepted'], channel: string, isEventLost: boolean) {
  if (accepted === undefined) return { status: 'sent', copies: 1 };
  if (channel === 'sms') return { status: 'unknown', copies: accepted === 'yes' ? 1 : 0 };
  return { status: 'sent', copies: accepted === 'yes' && isEventLost ? 2 : 1 };
}

/** Redelivers the messages that were not deleted, then advances the clock until nothing is due. */
async function drain(
  { owner, clock, queue, notifier, relayDb }: NotificationKillEnvironment,
  undeletedBodies: readonly string[],
): Promise<void> {
  expect(await notifier.handle(undeletedBodies, 2)).toEqual([]);
  await clock.advance(VISIBILITY_SECONDS);
  expect(await notifier.handle(undeletedBodies, 3)).toEqual([]);
  for (;;) {
    await publishToQueue({ db: relayDb, queue: queue.queue, remainingMilliseconds: () => 60_000 });
    const bodies = await queue.receiveAll();
    if (bodies.length > 0) expect(await notifier.handle([...bodies, ...bodies])).toEqual([]);
    await notifier.handleProviderEvents();
    const { rows } = await owner.query<{ next: Date | null }>('select min(next_attempt_at) as next from notifications');
    const next = rows[0]?.next;
    if (!next) return;
    if (next > (await clock.now())) await clock.stopAt(next);
  }
}
