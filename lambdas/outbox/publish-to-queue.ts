import type { NotificationQueue } from '../notifications/notification-queue.ts';
import {
  listDueNotifications,
  markNotificationsQueued,
  planNotifications,
  readNotificationDelays,
} from '../notifications/notifications.sql.ts';
import { log } from '../shared/log.ts';
import { recordMetric } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';

interface Deps {
  readonly db: Db;
  readonly queue: NotificationQueue;
  /** Milliseconds until the run times out. */
  readonly remainingMilliseconds: () => number;
}

const BATCH_SIZE = 200;
const TIME_MARGIN_MILLISECONDS = 10_000;

/**
 * Plans the notifications of all changes that have none yet, and enqueues those that are due: new, postponed until now, or left by a run
 * that was interrupted. Runs may overlap, because a duplicate message has no effect. Returns the number of notifications enqueued.
 */
export async function publishToQueue({ db, queue, remainingMilliseconds }: Deps): Promise<{ enqueued: number }> {
  let enqueued = 0;
  try {
    for (let plannedCount = 1; plannedCount > 0 && remainingMilliseconds() > TIME_MARGIN_MILLISECONDS; )
      plannedCount = await planNotifications(db, null, BATCH_SIZE);
    while (remainingMilliseconds() > TIME_MARGIN_MILLISECONDS) {
      const dueNotifications = await listDueNotifications(db, BATCH_SIZE);
      if (dueNotifications.length === 0) break;
      await queue.send(dueNotifications.map((notification) => ({ notification })));
      await markNotificationsQueued(db, dueNotifications);
      enqueued += dueNotifications.length;
    }
  } finally {
    const { unpublishedSeconds, unsentSeconds } = await readNotificationDelays(db);
    recordMetric('UnpublishedSeconds', Math.round(unpublishedSeconds));
    recordMetric('UnsentSeconds', Math.round(unsentSeconds));
  }
  if (enqueued > 0) log('notifications_enqueued', { count: enqueued });
  return { enqueued };
}
