import { setTimeout as wait } from 'node:timers/promises';
import { log } from '../../shared/log.ts';
import { recordMetric } from '../../shared/metrics.ts';
import type { Db } from '../../shared/sql.ts';
import { countDivergence } from './count-divergence.ts';
import type { FreeSlotIndex } from './free-slot-index.ts';
import { type ClinicDay, listDaysToIndex } from './resync-index.sql.ts';
import { toUtcDay } from './slot-encoding.ts';
import { syncDay } from './sync-day.ts';

/** What `resyncIndex` depends on. */
export interface ResyncDeps {
  readonly db: Db;
  readonly index: FreeSlotIndex;
  /** How many seconds after its sync the index serves a day. */
  readonly freshSeconds: number;
  /** Returns the time that the run has left, in milliseconds. */
  readonly remainingMilliseconds: () => number;
}

interface DayWithSyncTime extends ClinicDay {
  /** Epoch seconds; 0: never or unknown. */
  readonly syncedAt: number;
}

const TIME_MARGIN_MILLISECONDS = 30_000;
/** After so many failures in a row the run stops. The wait after each failure is one second longer than the last. */
const MAX_CONSECUTIVE_FAILURES = 5;
const PAST_DAYS = 31;
const DAY_MILLISECONDS = 86_400_000;

/**
 * Corrects the index of every clinic and day from the database, and removes past days. The day that was synced longest ago comes first, so
 * the next run continues one that was cut off, and two runs can share the work. A booked slot never becomes free by a sync: see `merge`.
 * Days that a run cannot sync are left to the next run, and reads of them go to the database once their last sync is too old.
 */
export async function resyncIndex(deps: ResyncDeps): Promise<{ days: number; total: number }> {
  const { db, index, remainingMilliseconds } = deps;
  const clinicDays = await listDaysToIndex(db);
  await removePastDays(index, new Set(clinicDays.map(({ clinicId }) => clinicId)));
  const days = (await addSyncTimes(index, clinicDays)).sort((first, second) => first.syncedAt - second.syncedAt);
  const syncedDays = days.filter(({ syncedAt }) => syncedAt > 0);
  recordMetric('IndexDivergence', await countDivergence(deps, syncedDays));

  const unsyncedDays = new Set(days);
  let [checked, repaired, failures] = [0, 0, 0];
  for (const day of days) {
    if (remainingMilliseconds() < TIME_MARGIN_MILLISECONDS || failures >= MAX_CONSECUTIVE_FAILURES) break;
    const synced = await syncDay(deps, day);
    if (!synced) {
      failures += 1;
      await wait(failures * 1_000);
      continue;
    }
    failures = 0;
    unsyncedDays.delete(day);
    checked += synced.slots;
    if (day.syncedAt > 0) repaired += synced.repaired;
    const done = days.length - unsyncedDays.size;
    if (done % 500 === 0) log('index_sync_progress', { done, total: days.length });
  }
  recordMetric('SlotsChecked', checked);
  recordMetric('DivergentSlotsRepaired', repaired);
  recordMetric('DaysUnsynced', await countUnsynced(deps, [...unsyncedDays]));
  const done = days.length - unsyncedDays.size;
  log('index_synced', { done, total: days.length, count: repaired });
  return { days: done, total: days.length };
}

async function addSyncTimes(index: FreeSlotIndex, days: readonly ClinicDay[]): Promise<DayWithSyncTime[]> {
  const daysWithSyncTimes: DayWithSyncTime[] = [];
  for (const [clinicId, daysOfClinic] of Map.groupBy(days, (day) => day.clinicId)) {
    const dayNames = daysOfClinic.map(({ day }) => day);
    const syncTimes = await index.readSyncTimes(clinicId, dayNames);
    daysWithSyncTimes.push(
      ...dayNames.map((day, position) => ({ clinicId, day, syncedAt: syncTimes?.[position] ?? 0 })),
    );
  }
  return daysWithSyncTimes;
}

/** Returns how many of these days the index does not serve now. If the cache is unavailable, all of them. */
async function countUnsynced({ index, freshSeconds }: ResyncDeps, days: readonly ClinicDay[]): Promise<number> {
  const freshSince = Math.floor(Date.now() / 1000) - freshSeconds;
  const daysWithSyncTimes = await addSyncTimes(index, days);
  return daysWithSyncTimes.filter(({ syncedAt }) => syncedAt < freshSince).length;
}

/** Days that cannot be removed now are removed by a later run. */
async function removePastDays(index: FreeSlotIndex, clinicIds: ReadonlySet<string>): Promise<void> {
  const today = Math.floor(Date.now() / DAY_MILLISECONDS) * DAY_MILLISECONDS;
  const days = Array.from({ length: PAST_DAYS }, (_, index) =>
    toUtcDay(new Date(today - (index + 1) * DAY_MILLISECONDS)),
  );
  for (const clinicId of clinicIds) await index.removeDays(clinicId, days);
}
