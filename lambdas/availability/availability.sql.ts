import type { PagePosition } from '@medbook/contract/page';
import type { Db } from '../shared/sql.ts';

/** The filters of free times and slots, from `from` (inclusive) to `to` (exclusive). */
export interface FreeTimesQuery {
  readonly clinicId?: string | undefined;
  readonly doctorId?: string | undefined;
  readonly specialization?: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

/** A time (UTC) at which a number of doctors can be booked. */
export interface FreeTime {
  readonly startTime: string;
  readonly availableDoctors: number;
}

/** A free slot of a doctor. Times are in UTC. */
export interface FreeSlot {
  readonly id: string;
  readonly doctorId: string;
  readonly startTime: string;
  readonly endTime: string;
}

/** Whether the clinic and the doctor of a query exist, and whether the doctor belongs to the clinic. True for a filter that is not set. */
export interface Existence {
  readonly clinicExists: boolean;
  readonly doctorExists: boolean;
}

/** SQL: the current instant. `offset 0` keeps the planner from inlining it, which would call clock() for each clinic and doctor. */
export const CURRENT_INSTANT = '(select clock() as now offset 0) instant';

/** SQL: the current instant, and the first and the last instant that can be booked at a clinic now. */
export const BOOKING_WINDOW = `
  instant.now,
  instant.now + make_interval(mins => clinics.notice_minutes) as opens,
  instant.now + make_interval(days => clinics.horizon_days) as closes`;

/**
 * SQL: the active doctors who match the filters of a query ($1 clinic, $2 doctor, $3 specialization), with the booking window of their
 * clinic.
 */
export const ELIGIBLE_DOCTORS = `
  eligible_doctors as (
    select doctors.id, doctors.clinic_id, ${BOOKING_WINDOW}
    from ${CURRENT_INSTANT}
    cross join doctors
    join clinics on clinics.id = doctors.clinic_id
    where doctors.active
      and ($1::uuid is null or doctors.clinic_id = $1::uuid)
      and ($2::uuid is null or doctors.id = $2::uuid)
      and ($3::text is null or lower(doctors.specialization) = lower($3::text))
  )`;

// The clinic and the start are compared with the parameters too: the planner derives no bounds through a join and would read every slot.
const IS_OFFERED = `
  is_free(free.status, free.held_until, free.status_when_released, eligible_doctors.now)
    and free.clinic_id = coalesce($1::uuid, eligible_doctors.clinic_id)
    and free.start_time >= eligible_doctors.opens and free.start_time >= $4::timestamptz`;

/** SQL: the columns of `Existence`. */
export const EXISTENCE = `
  select
    $1::uuid is null or exists (select from clinics where id = $1::uuid) as "clinicExists",
    $2::uuid is null or exists (
      select from doctors where id = $2::uuid and active and ($1::uuid is null or clinic_id = $1::uuid)) as "doctorExists"`;

/** SQL: the format of instants in responses. */
export const INSTANT_FORMAT = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`;
/** The longest slot (see clinics_slot_minutes). The last of n consecutive slots starts at most n - 1 times this after the first. */
export const MAX_SLOT_MINUTES = 240;
const MAX_SLOT_INTERVAL = `interval '${MAX_SLOT_MINUTES} minutes'`;

/** Returns the times at which doctors have `slotCount` consecutive free slots, of any of their seats, and how many doctors. */
export async function listFreeTimes(
  db: Db,
  query: FreeTimesQuery,
  slotCount: number,
): Promise<Existence & { times: FreeTime[] }> {
  const { rows } = await db.query<Existence & { times: FreeTime[] }>(
    `with recursive ${ELIGIBLE_DOCTORS}, offered as (
       select distinct free.doctor_id, free.start_time, free.end_time
       from availability_slots free
       join eligible_doctors on eligible_doctors.id = free.doctor_id
       where ${IS_OFFERED}
         and free.start_time < $5::timestamptz + ($6::int - 1) * ${MAX_SLOT_INTERVAL}
     ), chain (doctor_id, start_time, end_time, slots) as (
       select offered.doctor_id, offered.start_time, offered.end_time, 1
       from offered
       join eligible_doctors on eligible_doctors.id = offered.doctor_id
       where offered.start_time < $5::timestamptz and offered.start_time <= eligible_doctors.closes
       union all
       select chain.doctor_id, chain.start_time, offered.end_time, chain.slots + 1
       from chain
       join offered on offered.doctor_id = chain.doctor_id and offered.start_time = chain.end_time
       where chain.slots < $6::int
     ), times as (
       select start_time, count(distinct doctor_id)::int as doctors
       from chain
       where slots = $6::int
       group by start_time
     )
     ${EXISTENCE}, (
       select coalesce(json_agg(json_build_object(
         'startTime', to_char(start_time at time zone 'UTC', ${INSTANT_FORMAT}), 'availableDoctors', doctors) order by start_time), '[]')
       from times) as times`,
    [query.clinicId, query.doctorId, query.specialization, query.from, query.to, slotCount],
  );
  return rows[0] ?? { clinicExists: false, doctorExists: false, times: [] };
}

/** Returns up to `limit` free slots by start time, from after the position `after`. */
export async function listFreeSlots(
  db: Db,
  query: FreeTimesQuery,
  after: PagePosition | undefined,
  limit: number,
): Promise<Existence & { slots: FreeSlot[] }> {
  const { rows } = await db.query<Existence & { slots: FreeSlot[] }>(
    `with ${ELIGIBLE_DOCTORS}, page as (
       select free.id, free.doctor_id, free.start_time, free.end_time
       from availability_slots free
       join eligible_doctors on eligible_doctors.id = free.doctor_id
       where ${IS_OFFERED}
         and free.start_time < $5::timestamptz and free.start_time <= eligible_doctors.closes
         and ($6::timestamptz is null or (free.start_time, free.id) > ($6::timestamptz, $7::uuid))
       order by free.start_time, free.id
       limit $8::int
     )
     ${EXISTENCE}, (
       select coalesce(json_agg(json_build_object(
         'id', id, 'doctorId', doctor_id,
         'startTime', to_char(start_time at time zone 'UTC', ${INSTANT_FORMAT}),
         'endTime', to_char(end_time at time zone 'UTC', ${INSTANT_FORMAT})) order by start_time, id), '[]')
       from page) as slots`,
    [query.clinicId, query.doctorId, query.specialization, query.from, query.to, after?.key, after?.id, limit],
  );
  return rows[0] ?? { clinicExists: false, doctorExists: false, slots: [] };
}
