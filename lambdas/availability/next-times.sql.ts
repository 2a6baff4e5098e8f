import type { Db } from '../shared/sql.ts';
import { ASKED, type FreeTime, type FreeTimesQuery, INSTANT, KNOWN, type Known } from './availability.sql.ts';

export type NextTimesQuery = Omit<FreeTimesQuery, 'from' | 'to'>;

export interface NextTime extends FreeTime {
  readonly clinicId: string;
}

// Free slots of a doctor with a chain of $4 from there, in the order of the index availability_slots_by_doctor.
const STARTS = `
  from availability_slots free
  where free.doctor_id = asked.id
    and is_free(free.status, free.held_until, free.release_to, asked.now)
    and free.start_time >= asked.opens and free.start_time <= asked.closes
    and ($4::int = 1 or $4::int = (
      with recursive chain (end_time, slots) as (
        select free.end_time, 1
        union
        select following.end_time, chain.slots + 1
        from chain
        join availability_slots following on following.doctor_id = asked.id and following.start_time = chain.end_time
        where chain.slots < $4::int and is_free(following.status, following.held_until, following.release_to, asked.now)
      )
      select max(slots) from chain))
  order by free.start_time`;

/**
 * The soonest times at which somebody has `slots` consecutive free slots, across clinics. It costs a look at each doctor's first one; only
 * the `limit` clinics that begin soonest can have the soonest times, and of each of their doctors no more than `limit` can be among them.
 */
export async function listNextTimes(
  db: Db,
  query: NextTimesQuery,
  slots: number,
  limit: number,
): Promise<Known & { times: NextTime[] }> {
  const { rows } = await db.query<Known & { times: NextTime[] }>(
    `with ${ASKED}, begins as (
       select asked.clinic_id, min(soonest.start_time) as start_time
       from asked
       cross join lateral (select free.start_time ${STARTS} limit 1) soonest
       group by asked.clinic_id
       order by 2, 1
       limit $5::int
     ), times as (
       select asked.clinic_id, starts.start_time, count(*)::int as doctors
       from begins
       join asked on asked.clinic_id = begins.clinic_id
       cross join lateral (select distinct free.start_time ${STARTS} limit $5::int) starts
       group by starts.start_time, asked.clinic_id
       order by starts.start_time, asked.clinic_id
       limit $5::int
     )
     ${KNOWN}, (
       select coalesce(json_agg(json_build_object(
         'clinicId', clinic_id, 'startTime', to_char(start_time at time zone 'UTC', ${INSTANT}), 'availableDoctors', doctors)
         order by start_time, clinic_id), '[]')
       from times) as times`,
    [query.clinicId, query.doctorId, query.specialization, slots, limit],
  );
  return rows[0] ?? { clinicKnown: false, doctorKnown: false, times: [] };
}
