import type { Db } from '../shared/sql.ts';
import {
  ELIGIBLE_DOCTORS,
  EXISTENCE,
  type Existence,
  type FreeTime,
  type FreeTimesQuery,
  INSTANT_FORMAT,
} from './availability.sql.ts';
import { buildFirstStartTimesQuery, SEARCH_UNITS } from './first-start-times.sql.ts';

/** The filters of the next free times. */
export type NextTimesQuery = Omit<FreeTimesQuery, 'from' | 'to'>;

/** A free time at a clinic. */
export interface NextTime extends FreeTime {
  readonly clinicId: string;
}

/** The soonest free times, and how far the search went. */
export interface NextTimes {
  readonly times: NextTime[];
  /** Times before this instant are complete; later ones were not searched. Null: there are `limit` times, or no others. */
  readonly searchedUntil: string | null;
}

// How many slots one statement may read. The first limit finds near times at the lowest cost. The second may take a second, and bounds
// the cost of a search that finds nothing.
const SLOT_READ_LIMITS = [60_000, 250_000];
/** With one slot per booking every free slot is a result, so the search needs no limit. */
const NO_LIMIT = [Number.MAX_SAFE_INTEGER];

/**
 * Returns the `limit` soonest times at which a doctor has `slotCount` consecutive free slots, across clinics.
 *
 * For one slot, it reads the first free slot of each clinic (of each doctor, if the query has a doctor or a specialization), and then the
 * first `limit` free slots of each doctor of at most `limit` clinics. For several slots, it may have to try many candidates: it tries them
 * by start time, evenly among the clinics or doctors, and stops after some 250,000 reads of slots. `searchedUntil` then says how far it
 * got. For a clinic of 50 doctors that is a month, even for 8 slots with all of them free.
 */
export async function listNextTimes(
  db: Db,
  query: NextTimesQuery,
  slotCount: number,
  limit: number,
): Promise<Existence & NextTimes> {
  let { last, ...result } = EMPTY_RESULT;
  for (const maxSlotReads of slotCount === 1 ? NO_LIMIT : SLOT_READ_LIMITS) {
    // A candidate costs a read for each of its consecutive slots, until one is missing.
    const maxCandidates = Math.floor(maxSlotReads / slotCount);
    ({ last, ...result } = await searchNextTimes(db, query, slotCount, limit, maxCandidates, last));
    if (!result.searchedUntil) break;
  }
  return result;
}

interface SearchResult extends Existence, NextTimes {
  /** The start of the last of `limit` times, beyond which a further search need not go. Null: there are fewer times. */
  readonly last: string | null;
}

const EMPTY_RESULT: SearchResult = {
  clinicExists: false,
  doctorExists: false,
  times: [],
  searchedUntil: null,
  last: null,
};

// Only the `limit` clinics with the soonest first times can have the soonest times. The k-th of them contributes at most limit - k + 1
// times, and if there are `limit` clinics, no result is later than the first time of the last one.
async function searchNextTimes(
  db: Db,
  query: NextTimesQuery,
  slotCount: number,
  limit: number,
  maxCandidates: number,
  untilStartTime: string | null,
): Promise<SearchResult> {
  const unit = query.doctorId || query.specialization ? 'doctor' : 'clinic';
  const { rows } = await db.query<SearchResult>(
    `with ${ELIGIBLE_DOCTORS}, units as (
       select id, clinic_id, now, opens, least(closes, $6::timestamptz) as closes, 1 as most, 1 + $5::bigint / count(*) over () as tries
       from (${SEARCH_UNITS[unit]}) units
     ), unit_searches as (${buildFirstStartTimesQuery(unit, 'units', slotCount)}
     ), soonest_clinics as (
       select clinic_id, min(starts[1]) as start_time, row_number() over (order by min(starts[1]), clinic_id) as place
       from unit_searches
       where starts is not null
       group by clinic_id
       order by 2, 1
       limit $4::int
     ), chosen as (
       select eligible_doctors.id, eligible_doctors.clinic_id, eligible_doctors.now, soonest_clinics.start_time as opens,
         least(eligible_doctors.closes, $6::timestamptz, max(soonest_clinics.start_time) filter (where soonest_clinics.place = $4::int) over ()) as closes,
         $4::int + 1 - soonest_clinics.place as most,
         1 + $5::bigint / count(*) over () as tries
       from soonest_clinics
       join eligible_doctors on eligible_doctors.clinic_id = soonest_clinics.clinic_id
     ), doctor_searches as (${buildFirstStartTimesQuery('doctor', 'chosen', slotCount)}
     ), times as (
       select doctor_searches.clinic_id, starts.start_time, count(*)::int as doctors
       from doctor_searches
       cross join unnest(doctor_searches.starts) as starts (start_time)
       group by starts.start_time, doctor_searches.clinic_id
       order by starts.start_time, doctor_searches.clinic_id
       limit $4::int
     ), search_end as (
       select coalesce(min(untried), 'infinity') as instant
       from (select untried from unit_searches union all select untried from doctor_searches) searches
     ), complete_times as (
       select * from times where start_time < (select instant from search_end)
     )
     ${EXISTENCE}, (
       select coalesce(json_agg(json_build_object(
         'clinicId', clinic_id, 'startTime', to_char(start_time at time zone 'UTC', ${INSTANT_FORMAT}), 'availableDoctors', doctors)
         order by start_time, clinic_id), '[]')
       from complete_times) as times, (
       select to_char(instant at time zone 'UTC', ${INSTANT_FORMAT})
       from search_end
       where instant < 'infinity' and (select count(*) from complete_times) < $4::int) as "searchedUntil", (
       select to_char(max(start_time) at time zone 'UTC', ${INSTANT_FORMAT}) from times having count(*) = $4::int) as last`,
    [query.clinicId, query.doctorId, query.specialization, limit, maxCandidates, untilStartTime],
  );
  return rows[0] ?? EMPTY_RESULT;
}
