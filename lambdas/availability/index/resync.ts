import { setTimeout as wait } from 'node:timers/promises';
import { log } from '../../shared/log.ts';
import { count } from '../../shared/metrics.ts';
import type { Db } from '../../shared/sql.ts';
import { countDivergence } from './divergence.ts';
import type { FreeIndex, Merged } from './free-index.ts';
import { type ClinicDay, listDaysToIndex, listSlotsOfDay } from './resync.sql.ts';

export interface ResyncDeps {
  readonly db: Db;
  readonly index: FreeIndex;
  /** For how long the index answers for a day after its sync. */
  readonly freshSeconds: number;
  /** How much of its time the run has left, in milliseconds. */
  readonly timeLeft: () => number;
}

interface KnownDay extends ClinicDay {
  /** Epoch seconds; 0: never. */
  readonly synced: number;
}

const MARGIN_MILLISECONDS = 15_000;
/** A cache that does not answer so many times in a row is away. After each of them it is given a second more. */
const MOST_FAILURES = 5;
const PAST_DAYS = 31;

/**
 * Brings the index of every clinic and day to what the database has, the day that was synced longest ago first: a run that is cut off
 * is continued by the next, and two at once share the work. Nothing that is booked can come back by it, whatever else happens
 * meanwhile: see `merge`. Days that are over are removed. What cannot be done without the cache, the next run does; until then the
 * database answers.
 */
export async function resyncIndex(deps: ResyncDeps): Promise<{ days: number; total: number }> {
  const { db, index, timeLeft } = deps;
  const listed = await listDaysToIndex(db);
  const days = await oldestFirst(index, listed);
  if (!days) {
    count('DaysUnsynced', listed.length);
    return { days: 0, total: listed.length };
  }
  count(
    'IndexDivergence',
    await countDivergence(
      deps,
      days.filter(({ synced }) => synced > 0),
    ),
  );

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
    if (day.synced > 0) repaired += synced.changed;
    const done = days.length - undone.size;
    if (done % 500 === 0) log('index_being_synced', { done, total: days.length });
  }
  count('SlotsChecked', checked);
  count('DivergentSlotsRepaired', repaired);
  const freshSince = Math.floor(Date.now() / 1000) - deps.freshSeconds;
  count('DaysUnsynced', [...undone].filter(({ synced }) => synced < freshSince).length);
  const done = days.length - undone.size;
  log('index_synced', { done, total: days.length, count: repaired });
  return { days: done, total: days.length };
}

/** Undefined: the lease was lost or the cache is away. */
async function syncDay(deps: ResyncDeps, day: ClinicDay): Promise<(Merged & { slots: number }) | undefined> {
  const merged = await mergeDay(deps, day);
  if (!merged || merged.outdated === 0) return merged;
  // The index knows of changes that came after the snapshot; or of some that the database has lost, when it was restored. Anew, that tells.
  await deps.index.forget(day.clinicId, [day.day]);
  const anew = await mergeDay(deps, day);
  return anew && { ...anew, changed: merged.changed };
}

async function mergeDay({ db, index }: ResyncDeps, day: ClinicDay) {
  const lease = await index.begin(day.clinicId, day.day);
  if (!lease) return undefined;
  const slots = await listSlotsOfDay(db, day);
  const merged = await index.merge(lease, slots);
  return merged && { ...merged, slots: slots.length };
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
