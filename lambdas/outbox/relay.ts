import type { FreeIndex } from '../availability/index/free-index.ts';
import type { NotificationQueue } from '../notifications/queue.ts';
import type { Db } from '../shared/sql.ts';
import { relayToIndex } from './relay-to-index.ts';
import { relayToQueue } from './relay-to-queue.ts';

interface Deps {
  readonly db: Db;
  readonly index: FreeIndex;
  readonly queue: NotificationQueue;
  /** How much of its time the run has left, in milliseconds. */
  readonly timeLeft: () => number;
}

/**
 * Tells the index and the notifier what they have not been told. Neither waits for the other, and what ails one does not stop the other.
 * @throws the first failure, when both have come to their end
 */
export async function relay(deps: Deps): Promise<{ told: number; queued: number }> {
  const [index, queue] = await Promise.allSettled([relayToIndex(deps), relayToQueue(deps)]);
  if (index.status === 'rejected') throw index.reason;
  if (queue.status === 'rejected') throw queue.reason;
  return { ...index.value, ...queue.value };
}
