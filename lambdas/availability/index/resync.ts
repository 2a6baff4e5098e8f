import { log } from '../../shared/log.ts';
import { count, publishMetrics } from '../../shared/metrics.ts';
import type { Db } from '../../shared/sql.ts';
import { countDivergence } from './divergence.ts';
import type { FreeIndex } from './free-index.ts';
import { type ClinicDay, listDaysToIndex, listSlotsOfDay } from './resync.sql.ts';

export interface ResyncDeps {
  readonly db: Db;
  readonly index: FreeIndex;
  /** How much of its time the run has left, in milliseconds. */
  readonly timeLeft: () => number;
}

interface KnownDay extends ClinicDay {
  /** Epoch seconds; 0: never. */
  readonly synced: number;
}

const MARGIN_MILLISECONDS = 15_000;
const PAST_DAYS = 31;

/**
 * Brings the index of every clinic and day to what the database has, the day that was synced longest ago first: a run that is cut off
 * is continued by the next, and two at once share the work. Nothing that is booked can come back by it, whatever else happens
 * meanwhile: see `merge`. Days that are over are removed. Without the cache nothing is done; the next run tries again.
 */
export async function resyncIndex(deps: ResyncDeps): Promise<{ days: number; total: number }> {
  const { db, index, timeLeft } = deps;
  const days = await oldestFirst(index, await listDaysToIndex(db));
  if (!days) return { days: 0, total: 0 };
  count(
    'IndexDivergence',
    await countDivergence(
      deps,
      days.filter(({ synced }) => synced > 0),
    ),
  );

  let done = 0;
  let checked = 0;
  let repaired = 0;
  for (const day of days) {
    if (timeLeft() < MARGIN_MILLISECONDS) break;
    const lease = await index.begin(day.clinicId, day.day);
    if (!lease) break;
    const slots = await listSlotsOfDay(db, day);
    const merged = await index.merge(lease, slots);
    if (!merged) continue;
    checked += slots.length;
    if (day.synced > 0) repaired += merged.changed;
    done += 1;
    if (done % 500 === 0) log('index_being_synced', { done, total: days.length });
  }
  count('SlotsChecked', checked);
  count('DivergentSlotsRepaired', repaired);
  publishMetrics();
  log('index_synced', { done, total: days.length, count: repaired });
  return { days: done, total: days.length };
}

/** Undefined: the cache is away. Forgets what is over on the way. */
async function oldestFirst(index: FreeIndex, days: readonly ClinicDay[]): Promise<KnownDay[] | undefined> {
  const known: KnownDay[] = [];
  for (const [clinicId, ofClinic] of Map.groupBy(days, ({ clinicId: id }) => id)) {
    const names = ofClinic.map(({ day }) => day);
    const synced = await index.syncs(clinicId, names);
    if (!synced || !(await index.forget(clinicId, daysBefore(names[0] ?? '')))) return undefined;
    known.push(...names.map((day, place) => ({ clinicId, day, synced: synced[place] ?? 0 })));
  }
  return known.sort((one, other) => one.synced - other.synced);
}

const daysBefore = (first: string) =>
  Array.from({ length: PAST_DAYS }, (_, ago) =>
    new Date(Date.parse(first) - (ago + 1) * 86_400_000).toISOString().slice(0, 10),
  );
