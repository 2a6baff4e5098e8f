import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { relayToQueue } from '../../lambdas/outbox/relay-to-queue.ts';
import { claimsOf, eventOf } from './api.ts';
import { type Chance, chanceOf } from './chance.ts';
import { insertPatients, insertSlots } from './clinic.ts';
import { type NotificationKillStage, openNotificationKillStage } from './notification-kill-stage.ts';
import { NOTIFICATION_POINTS, type NotificationPoint } from './notification-points.ts';
import { notificationsOf } from './notified.ts';
import { batchOf } from './notifier.ts';

interface Kills {
  /** At each point, in turn over e-mail and SMS and with the provider's event heard and lost. */
  readonly perPoint: number;
  readonly seed: number;
}

interface Death {
  readonly point: NotificationPoint;
  readonly channel: 'email' | 'sms';
  /** Whether what the provider told of what it had taken until then is lost. */
  readonly isEventLost: boolean;
  readonly number: number;
}

const START = new Date('2030-03-04T10:00:00Z');
const FIRST_SLOT = new Date('2030-04-04T10:00:00Z');
const VISIBILITY_SECONDS = 181;

/**
 * Kills real functions between the commit of a booking and its messages, and lets the others go on until nothing is due. Everybody must have been told once: where
 * nobody can tell whether the provider had it, an e-mail is doubled only if its event was lost too, and an SMS never.
 */
export async function killNotifying({ perPoint, seed }: Kills): Promise<void> {
  const stage = await openNotificationKillStage(START);
  const chance = chanceOf(seed);
  const figures = new Map<string, number>();
  const add = (name: string) => figures.set(name, (figures.get(name) ?? 0) + 1);
  const deaths = NOTIFICATION_POINTS.flatMap((point, row) =>
    // Two of these follow each other in the list, so that together they are tried in all four ways.
    Array.from({ length: Math.max(perPoint, point.taken ? 2 : 1) }, (_, place): Omit<Death, 'number'> => {
      const way = 2 * row + place;
      return { point, channel: way % 2 === 0 ? 'email' : 'sms', isEventLost: way % 4 < 2 };
    }),
  );
  try {
    for (const [number, death] of chance.shuffled(deaths).entries())
      await liveThroughDeath(stage, chance, { ...death, number }, add);
    console.log(
      `Functions were killed: ${[...figures]
        .toSorted()
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}.`,
    );
    expect(figures.get('killed')).toBe(deaths.length);
  } finally {
    await stage.stop();
  }
}

async function liveThroughDeath(
  stage: NotificationKillStage,
  chance: Chance,
  death: Death,
  add: (name: string) => void,
): Promise<void> {
  const { owner, clinic, api, taken, provider, notifier } = stage;
  const { point, channel, isEventLost, number } = death;
  const about = `${point.entry} ${point.name}, ${channel}, event ${isEventLost ? 'lost' : 'heard'}`;
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
    claims: claimsOf(sub, 'patient'),
  };
  const undeleted: string[] = [];

  const dying = await stage.start(point.entry);
  const event = await eventFor(point.entry);
  if (point.way && point.when && point.words) {
    const { way, when, words } = point;
    expect(await dying.invokeUntil({ way, when, words }, event), about).toBeUndefined();
  } else {
    expect(await dying.invoke(event), about).toMatchObject({ ok: true, payload: { batchItemFailures: [] } });
    await dying.end();
  }
  add('killed');
  if (isEventLost) provider.events.length = 0;
  await notifier.hearOfMails();
  if (point.entry === 'outbox-relay' && point.name !== 'after noting it') {
    // The next one does it within its minute, and not when somebody ought to have settled it.
    expect(await relayToQueue({ db: stage.relayDb, queue: stage.queue.queue, timeLeft: () => 60_000 }), about).toEqual({
      queued: 2,
    });
  }
  // Whoever heard nothing may ask again, with the same key.
  if (point.entry === 'patient-api' && chance.is(0.5)) expect((await api(call)).status, about).toBe(201);
  await drain(stage, undeleted);
  taken.look();

  const { rows } = await owner.query<{ id: string; reference: string }>(
    'select id, reference from appointments where start_time = $1',
    [start],
  );
  const [{ id, reference } = { id: undefined, reference: '' }] = rows;
  if (id === undefined) {
    expect(['before the commit', 'during the commit'], about).toContain(point.name);
    return add('not committed');
  }
  const told = await notificationsOf(owner, id);
  expect(
    told.map((row) => `${row.recipient} ${row.channel}`),
    about,
  ).toEqual(['doctor email', `patient ${channel}`]);
  for (const row of told) {
    const isKilled = point.taken !== undefined && row.recipient === 'patient';
    const copies = row.channel === 'sms' ? taken.sms(reference, row.kind) : taken.emails(row.id);
    const expected = expectedOf(isKilled ? point.taken : undefined, row.channel, isEventLost);
    expect({ about, recipient: row.recipient, status: row.status, copies }).toEqual({
      about,
      recipient: row.recipient,
      ...expected,
    });
    if (isKilled)
      add(
        `${channel}, ${point.taken === 'yes' ? 'taken' : 'not taken'}${channel === 'sms' ? '' : isEventLost ? ', event lost' : ', event heard'}: ${copies} copies,`,
      );
    else add(`${row.channel}, elsewhere: ${copies} copies,`);
  }

  async function eventFor(entry: NotificationPoint['entry']): Promise<unknown> {
    if (entry === 'patient-api') return eventOf(call);
    expect((await api(call)).status).toBe(201);
    if (entry === 'outbox-relay') return {};
    await relayToQueue({ db: stage.relayDb, queue: stage.queue.queue, timeLeft: () => 60_000 });
    const { rows } = await owner.query<{ id: string }>(
      `select n.id from notifications n join patients on patients.id = n.recipient_id where cognito_sub = $1 and n.recipient = 'patient'`,
      [sub],
    );
    const mine = JSON.stringify({ notification: rows[0]?.id });
    const bodies = await stage.queue.takeAll();
    expect(bodies).toContain(mine);
    undeleted.push(...bodies);
    return batchOf([mine], 1);
  }
}

/** What becomes of a message of which it is or is not known whether the provider has it. */
function expectedOf(taken: NotificationPoint['taken'], channel: string, isEventLost: boolean) {
  if (taken === undefined) return { status: 'sent', copies: 1 };
  if (channel === 'sms') return { status: 'unknown', copies: taken === 'yes' ? 1 : 0 };
  return { status: 'sent', copies: taken === 'yes' && isEventLost ? 2 : 1 };
}

/** What had not been deleted comes again, and time goes by until nothing is due. */
async function drain(
  { owner, clock, queue, notifier, relayDb }: NotificationKillStage,
  undeleted: readonly string[],
): Promise<void> {
  expect(await notifier.handle(undeleted, 2)).toEqual([]);
  await clock.advance(VISIBILITY_SECONDS);
  expect(await notifier.handle(undeleted, 3)).toEqual([]);
  for (;;) {
    await relayToQueue({ db: relayDb, queue: queue.queue, timeLeft: () => 60_000 });
    const bodies = await queue.takeAll();
    if (bodies.length > 0) expect(await notifier.handle([...bodies, ...bodies])).toEqual([]);
    await notifier.hearOfMails();
    const { rows } = await owner.query<{ next: Date | null }>('select min(look_at) as next from notifications');
    const next = rows[0]?.next;
    if (!next) return;
    if (next > (await clock.now())) await clock.stopAt(next);
  }
}
