import { setTimeout as wait } from 'node:timers/promises';
import { log } from '../../shared/log.ts';
import { count } from '../../shared/metrics.ts';
import type { Db } from '../../shared/sql.ts';
import { countDivergence } from './divergence.ts';
import type { FreeIndex } from './free-index.ts';
import { type ClinicDay, listDaysToIndex } from './resync.sql.ts';
import { dayOf } from './slots.ts';
import { syncDay } from './sync-day.ts';

export interface ResyncDeps {
  readonly db: Db;
  readonly index: FreeIndex;
  /** For how long the index answers for a day after its sync. */
  readonly freshSeconds: number;
  /** How much of its time the run has left, in milliseconds. */
  readonly timeLeft: () => number;
}

interface KnownDay extends ClinicDay {
  /** Epoch seconds; 0: never, or nobody knows. */
  readonly synced: number;
}

const MARGIN_MILLISECONDS = 30_000;
/** A cache that does not answer so many times in a row is away. After each of them it is given a second more. */
const MOST_FAILURES = 5;
const PAST_DAYS = 31;
const DAY = 86_400_000;

/**
 * Brings the index of every clinic and day to what the database has, the day that was synced longest ago first: a run that is cut off
 * is continued by the next, and two at once share the work. Nothing that is booked can come back by it, whatever else happens
 * meanwhile: see `merge`. Days that are over are removed. What cannot be done without the cache, the next run does; until then the
 * database answers.
 */
export async function resyncIndex(deps: ResyncDeps): Promise<{ days: number; total: number }> {
  const { db, index, timeLeft } = deps;
  const listed = await listDaysToIndex(db);
  await forgetPast(index, new Set(listed.map(({ clinicId }) => clinicId)));
  const days = (await withSyncs(index, listed)).sort((one, other) => one.synced - other.synced);
  const known = days.filter(({ synced }) => synced > 0);
  count('IndexDivergence', await countDivergence(deps, known));

  const undone = new Set(days);
  let [checked, repaired, failures] = [0, 0, 0];
  for (const day of days) {
    if (timeLeft() < MARGIN_MILLISECONDS || failures >= MOST_FAILURES) break;
    const synced = await syncDay(deps, day);
    if (!synced) {
      failures += 1;
      await wait(failures * 1_000);
      continue;
    }
    failures = 0;
    undone.delete(day);
    checked += synced.slots;
    if (day.synced > 0) repaired += synced.repaired;
    const done = days.length - undone.size;
    if (done % 500 === 0) log('index_being_synced', { done, total: days.length });
  }
  count('SlotsChecked', checked);
  count('DivergentSlotsRepaired', repaired);
  count('DaysUnsynced', await countUnsynced(deps, [...undone]));
  const done = days.length - undone.size;
  log('index_synced', { done, total: days.length, count: repaired });
  return { days: done, total: days.length };
}

async function withSyncs(index: FreeIndex, days: readonly ClinicDay[]): Promise<KnownDay[]> {
  const known: KnownDay[] = [];
  for (const [clinicId, ofClinic] of Map.groupBy(days, (day) => day.clinicId)) {
    const names = ofClinic.map(({ day }) => day);
    const syncs = await index.syncs(clinicId, names);
    known.push(...names.map((day, place) => ({ clinicId, day, synced: syncs?.[place] ?? 0 })));
  }
  return known;
}

/** Of these days, those for which the index does not answer now, as far as it can be asked. */
async function countUnsynced({ index, freshSeconds }: ResyncDeps, days: readonly ClinicDay[]): Promise<number> {
  const freshSince = Math.floor(Date.now() / 1000) - freshSeconds;
  const known = await withSyncs(index, days);
  return known.filter(({ synced }) => synced < freshSince).length;
}

/** What the cache does not forget now, it forgets in a later run. */
async function forgetPast(index: FreeIndex, clinicIds: ReadonlySet<string>): Promise<void> {
  const today = Math.floor(Date.now() / DAY) * DAY;
  const days = Array.from({ length: PAST_DAYS }, (_, ago) => dayOf(new Date(today - (ago + 1) * DAY)));
  for (const clinicId of clinicIds) await index.forget(clinicId, days);
}
