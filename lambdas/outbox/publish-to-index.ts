import type { FreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { log } from '../shared/log.ts';
import { recordMetric } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { listUnindexedChanges, markIndexed, readUnindexedAgeSeconds, type UnindexedChange } from './outbox.sql.ts';

interface Deps {
  readonly db: Db;
  readonly index: FreeSlotIndex;
  /** Milliseconds until the run times out. */
  readonly remainingMilliseconds: () => number;
}

const BATCH_SIZE = 500;
const TIME_MARGIN_MILLISECONDS = 10_000;

/**
 * Publishes all pending changes to the index and marks them as published. Runs may overlap, because publishing is idempotent. If the
 * cache is unavailable, changes wait for the next run. Returns the number of changes published.
 */
export async function publishToIndex({ db, index, remainingMilliseconds }: Deps): Promise<{ published: number }> {
  let published = 0;
  for (let after = '0'; remainingMilliseconds() > TIME_MARGIN_MILLISECONDS; ) {
    const changes = await listUnindexedChanges(db, after, BATCH_SIZE);
    const lastChange = changes.at(-1);
    if (!lastChange) break;
    const publishedIds = await applyChanges(index, changes);
    if (publishedIds.length > 0) await markIndexed(db, publishedIds);
    published += publishedIds.length;
    after = lastChange.id;
  }
  recordMetric('UnindexedSeconds', Math.round(await readUnindexedAgeSeconds(db)));
  if (published > 0) log('index_published', { count: published });
  return { published };
}

/** Applies changes with one call per clinic. Returns the ids of the changes that were applied. */
async function applyChanges(index: FreeSlotIndex, changes: readonly UnindexedChange[]): Promise<string[]> {
  const publishedIds: string[] = [];
  for (const [clinicId, changesOfClinic] of Map.groupBy(changes, (change) => change.clinicId)) {
    const slots = changesOfClinic.flatMap((change) => change.slots);
    if (clinicId === null || slots.length === 0 || (await index.apply(clinicId, slots))) {
      publishedIds.push(...changesOfClinic.map(({ id }) => id));
    }
  }
  return publishedIds;
}
