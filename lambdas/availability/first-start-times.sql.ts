import { BOOKING_WINDOW, CURRENT_INSTANT } from './availability.sql.ts';

/** The owner of free slots that are read by start time. The index is availability_slots_offered or availability_slots_by_doctor. */
export type SearchUnit = 'clinic' | 'doctor';

/** SQL: all units to search: the clinic $1 (null: every clinic), or the `eligible_doctors`. */
export const SEARCH_UNITS: Readonly<Record<SearchUnit, string>> = {
  clinic: `
    select clinics.id, clinics.id as clinic_id, ${BOOKING_WINDOW}
    from ${CURRENT_INSTANT}
    cross join clinics
    where $1::uuid is null or clinics.id = $1::uuid`,
  doctor: 'table eligible_doctors',
};

/**
 * Builds a query that reads, for each row of `source` (`id`, `clinic_id`, `now`, `opens`, `closes`, `most`, `tries`), the first `most` start
 * times (`starts`) of `slotCount` consecutive free slots of one doctor. It tries the first `tries` free slots of the row. If it finds fewer
 * start times, `untried` is the start of the next free slot.
 */
export function buildFirstStartTimesQuery(unit: SearchUnit, source: 'units' | 'chosen', slotCount: number): string {
  const orderedFreeSlots = `
    from availability_slots free
    where free.${unit}_id = ${source}.id
      and is_free(free.status, free.held_until, free.status_when_released, ${source}.now)
      and free.start_time >= ${source}.opens and free.start_time <= ${source}.closes
      ${unit === 'clinic' ? 'and (select active from doctors where doctors.id = free.doctor_id)' : ''}
    order by free.start_time`;
  return `
    select ${source}.clinic_id, found.starts,
      case when found.number < ${source}.most then (select free.start_time ${orderedFreeSlots} offset ${source}.tries limit 1) end as untried
    from ${source}
    cross join lateral (
      select array_agg(start_time order by start_time) as starts, count(*) as number
      from (
        select distinct tried.start_time
        from (select free.doctor_id, free.start_time, free.end_time ${orderedFreeSlots} limit ${source}.tries) tried
        where ${buildChainCondition('tried', slotCount - 1, source)}
        order by tried.start_time
        limit ${source}.most
      ) firsts
    ) found`;
}

/**
 * SQL: whether `remaining` free slots of the same doctor follow `slot`. Slots are read one by one, because a slot that is not free usually
 * comes soon.
 */
function buildChainCondition(slot: string, remaining: number, source: string): string {
  if (remaining === 0) return 'true';
  const next = `next_${remaining}`;
  return `(
    select true
    from availability_slots ${next}
    where ${next}.doctor_id = ${slot}.doctor_id and ${next}.start_time = ${slot}.end_time
      and is_free(${next}.status, ${next}.held_until, ${next}.status_when_released, ${source}.now)
      and ${buildChainCondition(next, remaining - 1, source)}
    limit 1)`;
}
