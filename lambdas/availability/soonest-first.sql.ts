import { PRESENT, WINDOW } from './availability.sql.ts';

/** Whose free slots are read in the order of their starts: the index availability_slots_offered or availability_slots_by_doctor has them so. */
export type Unit = 'clinic' | 'doctor';

/** All that there are of a unit: $1 is the clinic, and `asked` are the doctors. */
export const UNITS: Readonly<Record<Unit, string>> = {
  clinic: `
    select clinics.id, clinics.id as clinic_id, ${WINDOW}
    from ${PRESENT}
    cross join clinics
    where $1::uuid is null or clinics.id = $1::uuid`,
  doctor: 'table asked',
};

/**
 * Of each row of `who` (`id`, `clinic_id`, `now`, `opens`, `closes`, `most`, `tries`) the `most` first `starts` of `slots` consecutive free
 * slots of one doctor, among its `tries` first free slots. If it has fewer there, `untried` is the start of the next free slot.
 */
export function searchOf(unit: Unit, who: 'units' | 'chosen', slots: number): string {
  const inOrder = `
    from availability_slots free
    where free.${unit}_id = ${who}.id
      and is_free(free.status, free.held_until, free.release_to, ${who}.now)
      and free.start_time >= ${who}.opens and free.start_time <= ${who}.closes
      ${unit === 'clinic' ? 'and (select active from doctors where doctors.id = free.doctor_id)' : ''}
    order by free.start_time`;
  return `
    select ${who}.clinic_id, found.starts,
      case when found.number < ${who}.most then (select free.start_time ${inOrder} offset ${who}.tries limit 1) end as untried
    from ${who}
    cross join lateral (
      select array_agg(start_time order by start_time) as starts, count(*) as number
      from (
        select distinct tried.start_time
        from (select free.doctor_id, free.start_time, free.end_time ${inOrder} limit ${who}.tries) tried
        where ${goesOn('tried', slots - 1, who)}
        order by tried.start_time
        limit ${who}.most
      ) firsts
    ) found`;
}

/** Whether `more` free slots of the same doctor, of any seats, follow on `slot`. Asked one by one: most chains end at once. */
function goesOn(slot: string, more: number, who: string): string {
  if (more === 0) return 'true';
  const next = `next_${more}`;
  return `(
    select true
    from availability_slots ${next}
    where ${next}.doctor_id = ${slot}.doctor_id and ${next}.start_time = ${slot}.end_time
      and is_free(${next}.status, ${next}.held_until, ${next}.release_to, ${who}.now)
      and ${goesOn(next, more - 1, who)}
    limit 1)`;
}
