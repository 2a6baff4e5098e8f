import { listDue, markQueued, planNotifications, readDelays } from '../notifications/notifications.sql.ts';
import type { NotificationQueue } from '../notifications/queue.ts';
import { log } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';

interface Deps {
  readonly db: Db;
  readonly queue: NotificationQueue;
  /** How much of its time the run has left, in milliseconds. */
  readonly timeLeft: () => number;
}

const BATCH = 200;
const MARGIN_MILLISECONDS = 10_000;

/**
 * Writes the notifications of every change that has none yet, and puts into the queue what is due: new, postponed until now, or left behind
 * by a run that ended in the middle. Safe at any time, also twice at once: a message too many changes nothing. Answers how many were put there.
 */
export async function relayToQueue({ db, queue, timeLeft }: Deps): Promise<{ queued: number }> {
  let queued = 0;
  try {
    for (let planned = 1; planned > 0 && timeLeft() > MARGIN_MILLISECONDS; )
      planned = await planNotifications(db, null, BATCH);
    while (timeLeft() > MARGIN_MILLISECONDS) {
      const due = await listDue(db, BATCH);
      if (due.length === 0) break;
      await queue.send(due.map((notification) => ({ notification })));
      await markQueued(db, due);
      queued += due.length;
    }
  } finally {
    const { unpublishedSeconds, unsentSeconds } = await readDelays(db);
    count('UnpublishedSeconds', Math.round(unpublishedSeconds));
    count('UnsentSeconds', Math.round(unsentSeconds));
  }
  if (queued > 0) log('notifications_queued', { count: queued });
  return { queued };
}
