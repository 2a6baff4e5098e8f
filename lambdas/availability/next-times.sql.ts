import type { Db } from '../shared/sql.ts';
import { ASKED, type FreeTime, type FreeTimesQuery, INSTANT, KNOWN, type Known } from './availability.sql.ts';
import { searchOf, UNITS } from './soonest-first.sql.ts';

export type NextTimesQuery = Omit<FreeTimesQuery, 'from' | 'to'>;

export interface NextTime extends FreeTime {
  readonly clinicId: string;
}

export interface NextTimes {
  readonly times: NextTime[];
  /** All times before it are there, and those from then on were not searched for. Null: there are `limit` times, or no others. */
  readonly searchedUntil: string | null;
}

// How many slots one statement may look at. Where the answer is near, the first number finds it and costs least; the second may take
// a second, and bounds what a question without an answer costs.
const LOOKS = [60_000, 250_000];
/** For one slot the first free one is an answer: nothing is looked at in vain, so nothing needs a bound. */
const UNBOUNDED = [Number.MAX_SAFE_INTEGER];

/**
 * The soonest times at which somebody has `slots` consecutive free slots, across clinics.
 *
 * For one slot it looks at the first free slot of each clinic (of each doctor, if a doctor or a specialization is asked for) and then at the
 * first `limit` of the doctors of at most `limit` clinics, whatever else is free or taken. For several it may have to try many: they are
 * tried in the order of their starts, evenly among the clinics or doctors, and after some 250,000 looks `searchedUntil` says how far that
 * has led. For a clinic of 50 doctors that is a month, even of 8 slots and with all of them free.
 */
export async function listNextTimes(
  db: Db,
  query: NextTimesQuery,
  slots: number,
  limit: number,
): Promise<Known & NextTimes> {
  let { last, ...found } = NOTHING;
  for (const looks of slots === 1 ? UNBOUNDED : LOOKS) {
    // A try looks at each slot of the chain that it begins, until one is missing.
    const tries = Math.floor(looks / slots);
    ({ last, ...found } = await search(db, query, slots, limit, tries, last));
    if (!found.searchedUntil) break;
  }
  return found;
}

interface Found extends Known, NextTimes {
  /** There are `limit` times up to then, so a search that goes on need not go beyond. */
  readonly last: string | null;
}

const NOTHING: Found = { clinicKnown: false, doctorKnown: false, times: [], searchedUntil: null, last: null };

// Only the `limit` clinics that begin soonest can have the soonest times: of the one that begins as the k-th no more than limit - k + 1
// can be among them, and if there are so many clinics, none after the last one's beginning.
async function search(
  db: Db,
  query: NextTimesQuery,
  slots: number,
  limit: number,
  tries: number,
  until: string | null,
): Promise<Found> {
  const unit = query.doctorId || query.specialization ? 'doctor' : 'clinic';
  const { rows } = await db.query<Found>(
    `with ${ASKED}, units as (
       select id, clinic_id, now, opens, least(closes, $6::timestamptz) as closes, 1 as most, 1 + $5::bigint / count(*) over () as tries
       from (${UNITS[unit]}) units
     ), begins as (${searchOf(unit, 'units', slots)}
     ), soon as (
       select clinic_id, min(starts[1]) as start_time, row_number() over (order by min(starts[1]), clinic_id) as place
       from begins
       where starts is not null
       group by clinic_id
       order by 2, 1
       limit $4::int
     ), chosen as (
       select asked.id, asked.clinic_id, asked.now, soon.start_time as opens,
         least(asked.closes, $6::timestamptz, max(soon.start_time) filter (where soon.place = $4::int) over ()) as closes,
         $4::int + 1 - soon.place as most,
         1 + $5::bigint / count(*) over () as tries
       from soon
       join asked on asked.clinic_id = soon.clinic_id
     ), continues as (${searchOf('doctor', 'chosen', slots)}
     ), times as (
       select continues.clinic_id, starts.start_time, count(*)::int as doctors
       from continues
       cross join unnest(continues.starts) as starts (start_time)
       group by starts.start_time, continues.clinic_id
       order by starts.start_time, continues.clinic_id
       limit $4::int
     ), edge as (
       select coalesce(min(untried), 'infinity') as instant
       from (select untried from begins union all select untried from continues) searches
     ), certain as (
       select * from times where start_time < (select instant from edge)
     )
     ${KNOWN}, (
       select coalesce(json_agg(json_build_object(
         'clinicId', clinic_id, 'startTime', to_char(start_time at time zone 'UTC', ${INSTANT}), 'availableDoctors', doctors)
         order by start_time, clinic_id), '[]')
       from certain) as times, (
       select to_char(instant at time zone 'UTC', ${INSTANT})
       from edge
       where instant < 'infinity' and (select count(*) from certain) < $4::int) as "searchedUntil", (
       select to_char(max(start_time) at time zone 'UTC', ${INSTANT}) from times having count(*) = $4::int) as last`,
    [query.clinicId, query.doctorId, query.specialization, limit, tries, until],
  );
  return rows[0] ?? NOTHING;
}
