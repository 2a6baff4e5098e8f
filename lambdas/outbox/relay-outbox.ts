import type { FreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import type { NotificationQueue } from '../notifications/notification-queue.ts';
import type { Db } from '../shared/sql.ts';
import { publishToIndex } from './publish-to-index.ts';
import { publishToQueue } from './publish-to-queue.ts';

interface Deps {
  readonly db: Db;
  readonly index: FreeSlotIndex;
  readonly queue: NotificationQueue;
  /** Milliseconds until the run times out. */
  readonly remainingMilliseconds: () => number;
}

/**
 * Publishes pending changes to the index and to the notifier's queue, in parallel. A failure of one does not stop the other.
 * @throws the index's error, else the queue's, after both have ended
 */
export async function relayOutbox(deps: Deps): Promise<{ published: number; enqueued: number }> {
  const [index, queue] = await Promise.allSettled([publishToIndex(deps), publishToQueue(deps)]);
  if (index.status === 'rejected') throw index.reason;
  if (queue.status === 'rejected') throw queue.reason;
  return { ...index.value, ...queue.value };
}
