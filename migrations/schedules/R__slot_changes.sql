-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function slot_changes(p_doctor_ids uuid[], p_from timestamptz, p_to timestamptz, p_now timestamptz)
returns setof slot_change
language plpgsql stable
set search_path = public, pg_temp
as $$
begin
  -- PL/pgSQL, because PostgreSQL would plan an SQL function again at each call.
  return query
    with plan as materialized (
      select * from planned_slots(p_doctor_ids, p_from, p_to)
    ), existing as materialized (
      -- Two queries, because two partial indexes cover the slots.
      select s.id, s.doctor_id, s.clinic_id, s.start_time, s.end_time, s.seat, s.status, s.status_when_released, s.held_until,
        s.status = 'booked' or (s.status = 'held' and s.held_until > p_now) as is_occupied
      from availability_slots s
      where s.doctor_id = any (p_doctor_ids) and s.start_time >= p_from and s.start_time < p_to and s.status <> 'withdrawn'
      union all
      select s.id, s.doctor_id, s.clinic_id, s.start_time, s.end_time, s.seat, s.status, s.status_when_released, s.held_until, false
      from availability_slots s
      where s.doctor_id = any (p_doctor_ids) and s.start_time >= p_from and s.start_time < p_to and s.status = 'withdrawn'
    ), occupied as materialized (
      -- From before p_from too: such a slot may end after it.
      select s.doctor_id, s.start_time, s.end_time, s.seat
      from availability_slots s
      where s.doctor_id = any (p_doctor_ids) and s.start_time >= p_from - longest_slot() and s.start_time < p_to
        and s.status <> 'withdrawn' and (s.status = 'booked' or (s.status = 'held' and s.held_until > p_now))
    ), occupied_seats as (
      -- Joined by the hours that both meet, so that the cost does not grow with the square of the slots.
      select times.doctor_id, times.start_time, times.end_time, array_agg(distinct occupied.seat) as seats
      from (select distinct plan.doctor_id, plan.start_time, plan.end_time from plan) times
      cross join lateral generate_series(date_trunc('hour', times.start_time), times.end_time, interval '1 hour') as planned_hour
      join (
        select occupied.*, occupied_hour
        from occupied
        cross join lateral generate_series(date_trunc('hour', occupied.start_time), occupied.end_time, interval '1 hour') as occupied_hour
      ) occupied
        on occupied.doctor_id = times.doctor_id and occupied_hour = planned_hour
        and occupied.start_time < times.end_time and occupied.end_time > times.start_time
      group by times.doctor_id, times.start_time, times.end_time
    ), compared as (
      select
        existing.id, coalesce(existing.doctor_id, plan.doctor_id) as doctor_id, coalesce(existing.clinic_id, plan.clinic_id) as clinic_id,
        coalesce(existing.start_time, plan.start_time) as start_time, coalesce(existing.end_time, plan.end_time) as end_time,
        coalesce(existing.seat, plan.seat) as seat,
        existing.status, existing.status_when_released, coalesce(existing.is_occupied, false) as is_occupied,
        plan.status as wanted, plan.capacity, coalesce(occupied_seats.seats, '{}') as occupied_seats,
        -- The position among the seats of this time that could be offered.
        count(*) filter (where plan.status = 'free' and existing.is_occupied is not true and plan.seat <> all (coalesce(occupied_seats.seats, '{}')))
          over (partition by plan.doctor_id, plan.start_time, plan.end_time order by plan.seat) as free_position
      from plan
      full join existing
        on existing.doctor_id = plan.doctor_id and existing.start_time = plan.start_time and existing.end_time = plan.end_time and existing.seat = plan.seat
      left join occupied_seats
        on occupied_seats.doctor_id = plan.doctor_id and occupied_seats.start_time = plan.start_time and occupied_seats.end_time = plan.end_time
    ), decided as (
      select compared.*, case
        when wanted is null then 'withdrawn'
        when is_occupied and wanted = 'free' then case when cardinality(occupied_seats) > capacity then 'withdrawn' else 'free' end
        when is_occupied then wanted
        -- Another slot of this seat is occupied: they would overlap.
        when seat = any (occupied_seats) then 'withdrawn'
        when wanted = 'free' and free_position > capacity - cardinality(occupied_seats) then 'withdrawn'
        else wanted
      end as planned_status
      from compared
    ), judged as (
      select decided.*,
        case
          when id is null then planned_status <> 'withdrawn'
          when is_occupied then status_when_released <> planned_status
          else (status, status_when_released) <> (planned_status, planned_status)
        end as is_changed,
        case when is_occupied then coalesce(wanted = 'free', false) or (
          wanted is null and is_within_openings(decided.doctor_id, decided.clinic_id, decided.start_time, decided.end_time, decided.seat))
        end as fits
      from decided
    )
    select judged.id, judged.doctor_id, judged.clinic_id, judged.start_time, judged.end_time, judged.seat, judged.planned_status, judged.is_changed,
      a.id, judged.fits
    from judged
    left join appointment_slots claims on judged.is_occupied and claims.slot_id = judged.id and claims.active
    left join appointments a on a.id = claims.appointment_id
    where judged.is_changed or (judged.is_occupied and judged.fits <> (a.conflict_id is null));
end $$;
comment on function slot_changes(uuid[], timestamptz, timestamptz, timestamptz) is
  'How the slots of these doctors with a start in [p_from, p_to) differ from their hours and exceptions. is_changed: the slot (null: a new '
  'one) must get planned_status, an occupied one when it is released. A time offers its capacity minus the seats that are occupied then, '
  'also those with a number above the capacity. fits: of an occupied slot, whether its doctor works then; its appointment is listed if that is new.';

create or replace function is_within_openings(p_doctor_id uuid, p_clinic_id uuid, p_start_time timestamptz, p_end_time timestamptz, p_seat smallint)
returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(range_agg(tstzrange(o.start_time, o.end_time)) @> tstzrange(p_start_time, p_end_time), false)
    and closure(p_doctor_id, p_clinic_id, p_start_time, p_end_time, p_seat, coalesce(bool_and(o.is_extra), false)) is null
  from openings(array[p_doctor_id], p_start_time, p_end_time) o
  where o.capacity >= p_seat
$$;
comment on function is_within_openings(uuid, uuid, timestamptz, timestamptz, smallint) is
  'Whether a doctor works during this whole time on that seat, even if no planned slot starts then.';
