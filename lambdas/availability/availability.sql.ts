import type { After } from '../shared/http/page.ts';
import type { Db } from '../shared/sql.ts';

export interface FreeTimesQuery {
  readonly clinicId?: string | undefined;
  readonly doctorId?: string | undefined;
  readonly specialization?: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

export interface FreeTime {
  readonly startTime: string;
  readonly availableDoctors: number;
}

export interface FreeSlot {
  readonly id: string;
  readonly doctorId: string;
  readonly startTime: string;
  readonly endTime: string;
}

/** Whether the clinic and the doctor that a query names exist, and the doctor is one of the clinic. */
export interface Known {
  readonly clinicKnown: boolean;
  readonly doctorKnown: boolean;
}

/** The present instant. The planner leaves an offset where it is; else it would ask the clock again for each clinic and doctor. */
export const PRESENT = '(select clock() as now offset 0) instant';

/** `PRESENT`, and the first and the last instant for which a clinic takes bookings then. */
export const WINDOW = `
  instant.now,
  instant.now + make_interval(mins => clinics.notice_minutes) as opens,
  instant.now + make_interval(days => clinics.horizon_days) as closes`;

/**
 * The filters of every question about free times: $1 clinic, $2 doctor, $3 specialization. The doctors in question, and the window in
 * which their clinic takes bookings.
 */
export const ASKED = `
  asked as (
    select doctors.id, doctors.clinic_id, ${WINDOW}
    from ${PRESENT}
    cross join doctors
    join clinics on clinics.id = doctors.clinic_id
    where doctors.active
      and ($1::uuid is null or doctors.clinic_id = $1::uuid)
      and ($2::uuid is null or doctors.id = $2::uuid)
      and ($3::text is null or lower(doctors.specialization) = lower($3::text))
  )`;

// The clinic and the start are compared with the query itself too: the planner sees no bounds through a join, and would read every slot.
const OFFERED = `
  is_free(free.status, free.held_until, free.release_to, asked.now)
    and free.clinic_id = coalesce($1::uuid, asked.clinic_id)
    and free.start_time >= asked.opens and free.start_time >= $4::timestamptz`;

/** See `Known`. */
export const KNOWN = `
  select
    $1::uuid is null or exists (select from clinics where id = $1::uuid) as "clinicKnown",
    $2::uuid is null or exists (
      select from doctors where id = $2::uuid and active and ($1::uuid is null or clinic_id = $1::uuid)) as "doctorKnown"`;

/** Instants as the API gives them. */
export const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`;
/** No slot is longer (clinics_slot_minutes), so of a chain of n that starts before an instant the last one starts before n - 1 of these later. */
export const LONGEST_SLOT_MINUTES = 240;
const LONGEST_SLOT = `interval '${LONGEST_SLOT_MINUTES} minutes'`;

/** The times at which somebody has `slots` consecutive free slots, and how many doctors have. Any seats of one doctor make a chain. */
export async function listFreeTimes(
  db: Db,
  query: FreeTimesQuery,
  slots: number,
): Promise<Known & { times: FreeTime[] }> {
  const { rows } = await db.query<Known & { times: FreeTime[] }>(
    `with recursive ${ASKED}, offered as (
       select distinct free.doctor_id, free.start_time, free.end_time
       from availability_slots free
       join asked on asked.id = free.doctor_id
       where ${OFFERED}
         and free.start_time < $5::timestamptz + ($6::int - 1) * ${LONGEST_SLOT}
     ), chain (doctor_id, start_time, end_time, slots) as (
       select offered.doctor_id, offered.start_time, offered.end_time, 1
       from offered
       join asked on asked.id = offered.doctor_id
       where offered.start_time < $5::timestamptz and offered.start_time <= asked.closes
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
     ${KNOWN}, (
       select coalesce(json_agg(json_build_object(
         'startTime', to_char(start_time at time zone 'UTC', ${INSTANT}), 'availableDoctors', doctors) order by start_time), '[]')
       from times) as times`,
    [query.clinicId, query.doctorId, query.specialization, query.from, query.to, slots],
  );
  return rows[0] ?? { clinicKnown: false, doctorKnown: false, times: [] };
}

/** Single free slots by start. */
export async function listFreeSlots(
  db: Db,
  query: FreeTimesQuery,
  after: After | undefined,
  limit: number,
): Promise<Known & { slots: FreeSlot[] }> {
  const { rows } = await db.query<Known & { slots: FreeSlot[] }>(
    `with ${ASKED}, page as (
       select free.id, free.doctor_id, free.start_time, free.end_time
       from availability_slots free
       join asked on asked.id = free.doctor_id
       where ${OFFERED}
         and free.start_time < $5::timestamptz and free.start_time <= asked.closes
         and ($6::timestamptz is null or (free.start_time, free.id) > ($6::timestamptz, $7::uuid))
       order by free.start_time, free.id
       limit $8::int
     )
     ${KNOWN}, (
       select coalesce(json_agg(json_build_object(
         'id', id, 'doctorId', doctor_id,
         'startTime', to_char(start_time at time zone 'UTC', ${INSTANT}),
         'endTime', to_char(end_time at time zone 'UTC', ${INSTANT})) order by start_time, id), '[]')
       from page) as slots`,
    [query.clinicId, query.doctorId, query.specialization, query.from, query.to, after?.key, after?.id, limit],
  );
  return rows[0] ?? { clinicKnown: false, doctorKnown: false, slots: [] };
}
