-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function local_time_to_instant(p_local_time timestamp, p_time_zone text) returns timestamptz
language sql stable strict
as $$
  select case
    when local.instant at time zone p_time_zone = p_local_time then local.instant
    -- PostgreSQL would add the length of the gap instead, and the instant could be later than that of a later local time.
    else (
      select min(minute)
      from generate_series(local.instant - (local.instant at time zone p_time_zone - p_local_time), local.instant, interval '1 minute') minute
      where minute at time zone p_time_zone >= p_local_time)
  end
  from (select p_local_time at time zone p_time_zone as instant) local
$$;
comment on function local_time_to_instant(timestamp, text) is
  'The instant at which the clocks of a time zone show a local time: the later one if they show it twice, the instant of the clock change '
  'if they skip it. So an earlier local time is never a later instant.';

create or replace function planned_slots(p_doctor_id uuid, p_from date, p_to date)
returns table (clinic_id uuid, start_time timestamptz, end_time timestamptz, seat smallint)
language sql stable
set search_path = public, pg_temp
as $$
  select hours.clinic_id, slot.start_time, slot.start_time + length.slot, seat.number::smallint
  from working_hours hours
  join clinics on clinics.id = hours.clinic_id
  join doctors on doctors.id = hours.doctor_id and doctors.active
  cross join lateral (select make_interval(mins => clinics.slot_minutes)) as length (slot)
  cross join generate_series(0, p_to - p_from - 1) as ahead (days)
  cross join lateral (select p_from + ahead.days) as day (local)
  cross join lateral (select
    local_time_to_instant(day.local + hours.start_time, clinics.time_zone),
    local_time_to_instant(day.local + hours.end_time, clinics.time_zone)) as opening (start_time, end_time)
  cross join generate_series(opening.start_time, opening.end_time - length.slot, length.slot) as slot (start_time)
  cross join generate_series(1, hours.capacity) as seat (number)
  where hours.doctor_id = p_doctor_id
    and extract(isodow from day.local) = hours.weekday
    and day.local >= hours.valid_from
    and (hours.valid_to is null or day.local < hours.valid_to)
$$;
comment on function planned_slots(uuid, date, date) is
  'The slots that the working hours of an active doctor define, for the clinic''s local days from p_from until before p_to. Opening and '
  'closing are local times of the clinic; whole slots are counted between these two instants, so a day with a clock change has fewer or '
  'more slots, and none overlap.';

create or replace function plan_slots(p_doctor_id uuid, p_request_id text, out created integer, out reopened integer, out withdrawn integer)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := clock();
  v_clinic clinics;
  v_from date;
  v_to date;
  v_locked_ids uuid[];
  v_created_ids uuid[];
  v_reopened_ids uuid[];
  v_withdrawn_ids uuid[];
begin
  -- Allows one change of a doctor's schedule at a time. Bookings lock only the key of this row (key share), so they do not wait.
  select clinics.* into v_clinic
  from doctors join clinics on clinics.id = doctors.clinic_id
  where doctors.id = p_doctor_id
  for no key update of doctors;
  v_from := (v_now at time zone v_clinic.time_zone)::date;
  v_to := v_from + v_clinic.horizon_days + 1;
  -- In the order of every command, and only the slots that may change, so that bookings of other slots do not wait.
  v_locked_ids := array(
    select slots.id from availability_slots slots
    where slots.doctor_id = p_doctor_id and slots.start_time > v_now
      and (slots.status_when_released = 'withdrawn' or (slots.start_time, slots.end_time, slots.seat) not in (
        select plan.start_time, plan.end_time, plan.seat from planned_slots(p_doctor_id, v_from, v_to) plan))
    order by slots.start_time, slots.doctor_id, slots.seat
    for no key update);
  -- Expires overdue holds first, so that their slots can be withdrawn.
  perform expire_holds_on_slots(
    array(select id from availability_slots where id = any (v_locked_ids) and held_until <= v_now), v_now, p_request_id);

  with changed as (
    update availability_slots slots set
      status = case when slots.status in ('held', 'booked') then slots.status else 'withdrawn' end,
      status_when_released = 'withdrawn',
      version = slots.version + 1
    where slots.doctor_id = p_doctor_id
      and slots.start_time > v_now and slots.start_time < v_to::timestamp at time zone v_clinic.time_zone
      and slots.status_when_released <> 'withdrawn'
      and (slots.start_time, slots.end_time, slots.seat) not in (
        select plan.start_time, plan.end_time, plan.seat from planned_slots(p_doctor_id, v_from, v_to) plan)
    returning slots.id
  )
  select coalesce(array_agg(id), '{}') into v_withdrawn_ids from changed;

  with changed as (
    update availability_slots slots set
      status = case when slots.status = 'withdrawn' then 'free' else slots.status end,
      status_when_released = 'free',
      version = slots.version + 1
    from planned_slots(p_doctor_id, v_from, v_to) plan
    where slots.doctor_id = p_doctor_id
      and slots.start_time > v_now
      and slots.status_when_released = 'withdrawn'
      and (slots.start_time, slots.end_time, slots.seat) = (plan.start_time, plan.end_time, plan.seat)
      and not exists (
        select from availability_slots other
        where other.doctor_id = slots.doctor_id and other.seat = slots.seat and other.id <> slots.id and other.status <> 'withdrawn'
          and tstzrange(other.start_time, other.end_time) && tstzrange(slots.start_time, slots.end_time))
    returning slots.id
  )
  select coalesce(array_agg(id), '{}') into v_reopened_ids from changed;

  with inserted as (
    insert into availability_slots (clinic_id, doctor_id, start_time, end_time, seat)
    select plan.clinic_id, p_doctor_id, plan.start_time, plan.end_time, plan.seat
    from planned_slots(p_doctor_id, v_from, v_to) plan
    where plan.start_time > v_now
      and not exists (
        select from availability_slots slots
        where slots.doctor_id = p_doctor_id
          and (slots.start_time, slots.end_time, slots.seat) = (plan.start_time, plan.end_time, plan.seat))
    order by plan.start_time, plan.seat
    -- A booked slot that is no longer planned stays; a later run creates the new slot that overlaps it.
    on conflict do nothing
    returning id
  )
  select coalesce(array_agg(id), '{}') into v_created_ids from inserted;

  insert into outbox (kind, clinic_id, slots, request_id)
  select 'slots_changed', v_clinic.id, slots_to_json(array_agg(id)), p_request_id
  from availability_slots
  where id = any (v_created_ids || v_reopened_ids || v_withdrawn_ids)
  group by date_trunc('day', start_time, 'UTC');

  created := cardinality(v_created_ids);
  reopened := cardinality(v_reopened_ids);
  withdrawn := cardinality(v_withdrawn_ids);
end $$;
comment on function plan_slots(uuid, text) is
  'Makes a doctor''s future slots match the working hours, up to the clinic''s horizon (local days of the clinic): creates or reopens '
  'missing slots and withdraws others. A held or booked slot stays and is withdrawn when it is released. Changes nothing if they match, '
  'so it can be repeated. Locks the doctor, then the slots that may change. Returns how many slots it created, reopened and withdrew.';
revoke execute on function plan_slots(uuid, text) from public;
grant execute on function plan_slots(uuid, text) to generate_slots;
