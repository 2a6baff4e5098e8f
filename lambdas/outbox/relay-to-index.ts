import type { FreeIndex } from '../availability/index/free-index.ts';
import { log } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { listUnindexed, markIndexed, type UnindexedChange, unindexedAgeSeconds } from './outbox.sql.ts';

interface Deps {
  readonly db: Db;
  readonly index: FreeIndex;
  /** How much of its time the run has left, in milliseconds. */
  readonly timeLeft: () => number;
}

const BATCH = 500;
const MARGIN_MILLISECONDS = 10_000;

/**
 * Tells the index of every change that it has not been told of, and notes which. Safe at any time, also twice at once: telling
 * again changes nothing. What cannot be told (the cache is away) waits for the next run. Answers how many changes were told.
 */
export async function relayToIndex({ db, index, timeLeft }: Deps): Promise<{ told: number }> {
  let told = 0;
  for (let after = '0'; timeLeft() > MARGIN_MILLISECONDS; ) {
    const changes = await listUnindexed(db, after, BATCH);
    const last = changes.at(-1);
    if (!last) break;
    const done = await tell(index, changes);
    if (done.length > 0) await markIndexed(db, done);
    told += done.length;
    after = last.id;
  }
  count('UnindexedSeconds', Math.round(await unindexedAgeSeconds(db)));
  if (told > 0) log('index_told', { count: told });
  return { told };
}

/** A call for each clinic. Answers the ids of the changes that the index knows now. */
async function tell(index: FreeIndex, changes: readonly UnindexedChange[]): Promise<string[]> {
  const done: string[] = [];
  for (const [clinicId, ofClinic] of Map.groupBy(changes, (change) => change.clinicId)) {
    const slots = ofClinic.flatMap((change) => change.slots);
    if (clinicId === null || slots.length === 0 || (await index.apply(clinicId, slots))) {
      done.push(...ofClinic.map(({ id }) => id));
    }
  }
  return done;
}
