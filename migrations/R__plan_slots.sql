create or replace function instant_of_local(p_local timestamp, p_time_zone text) returns timestamptz
language sql stable strict
as $$
  select case
    when told.instant at time zone p_time_zone = p_local then told.instant
    -- PostgreSQL adds the skipped time instead, which would lie behind the opening of a later window.
    else (
      select min(minute)
      from generate_series(told.instant - (told.instant at time zone p_time_zone - p_local), told.instant, interval '1 minute') minute
      where minute at time zone p_time_zone >= p_local)
  end
  from (select p_local at time zone p_time_zone as instant) told
$$;
comment on function instant_of_local(timestamp, text) is
  'The instant at which the clocks of a zone show a local time: the later one if they show it twice, and the instant of the change if they '
  'skip it. So an earlier local time is never a later instant.';

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
    instant_of_local(day.local + hours.start_time, clinics.time_zone),
    instant_of_local(day.local + hours.end_time, clinics.time_zone)) as open (at, until)
  cross join generate_series(open.at, open.until - length.slot, length.slot) as slot (start_time)
  cross join generate_series(1, hours.capacity) as seat (number)
  where hours.doctor_id = p_doctor_id
    and extract(isodow from day.local) = hours.weekday
    and day.local >= hours.valid_from
    and (hours.valid_to is null or day.local < hours.valid_to)
$$;
comment on function planned_slots(uuid, date, date) is
  'The slots that the working hours of an active doctor make on the local days from p_from until before p_to. Opening and closing are told '
  'in the clinic''s zone, and whole slots are counted between these two instants: on the day the clocks change there are fewer or more of '
  'them, and never two at once.';

create or replace function plan_slots(p_doctor_id uuid, p_request_id text, out created integer, out reopened integer, out withdrawn integer)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := clock();
  v_clinic clinics;
  v_from date;
  v_to date;
  v_locked uuid[];
  v_created uuid[];
  v_reopened uuid[];
  v_withdrawn uuid[];
begin
  -- One change of a doctor's schedule at a time. Bookings only share this row's key, so they go on.
  select clinics.* into v_clinic
  from doctors join clinics on clinics.id = doctors.clinic_id
  where doctors.id = p_doctor_id
  for no key update of doctors;
  v_from := (v_now at time zone v_clinic.time_zone)::date;
  v_to := v_from + v_clinic.horizon_days + 1;
  -- In the order of every command, and only what may change: whoever books anything else is not in the way.
  v_locked := array(
    select slots.id from availability_slots slots
    where slots.doctor_id = p_doctor_id and slots.start_time > v_now
      and (slots.release_to = 'withdrawn' or (slots.start_time, slots.end_time, slots.seat) not in (
        select plan.start_time, plan.end_time, plan.seat from planned_slots(p_doctor_id, v_from, v_to) plan))
    order by slots.start_time, slots.doctor_id, slots.seat
    for no key update);
  -- An expired hold keeps no place in the old grid, also when nothing has settled it yet.
  perform settle_holds_on(
    array(select id from availability_slots where id = any (v_locked) and held_until <= v_now), v_now, p_request_id);

  with changed as (
    update availability_slots slots set
      status = case when slots.status in ('held', 'booked') then slots.status else 'withdrawn' end,
      release_to = 'withdrawn',
      version = slots.version + 1
    where slots.doctor_id = p_doctor_id
      and slots.start_time > v_now and slots.start_time < v_to::timestamp at time zone v_clinic.time_zone
      and slots.release_to <> 'withdrawn'
      and (slots.start_time, slots.end_time, slots.seat) not in (
        select plan.start_time, plan.end_time, plan.seat from planned_slots(p_doctor_id, v_from, v_to) plan)
    returning slots.id
  )
  select coalesce(array_agg(id), '{}') into v_withdrawn from changed;

  with changed as (
    update availability_slots slots set
      status = case when slots.status = 'withdrawn' then 'free' else slots.status end,
      release_to = 'free',
      version = slots.version + 1
    from planned_slots(p_doctor_id, v_from, v_to) plan
    where slots.doctor_id = p_doctor_id
      and slots.start_time > v_now
      and slots.release_to = 'withdrawn'
      and (slots.start_time, slots.end_time, slots.seat) = (plan.start_time, plan.end_time, plan.seat)
      and not exists (
        select from availability_slots other
        where other.doctor_id = slots.doctor_id and other.seat = slots.seat and other.id <> slots.id and other.status <> 'withdrawn'
          and tstzrange(other.start_time, other.end_time) && tstzrange(slots.start_time, slots.end_time))
    returning slots.id
  )
  select coalesce(array_agg(id), '{}') into v_reopened from changed;

  with made as (
    insert into availability_slots (clinic_id, doctor_id, start_time, end_time, seat)
    select plan.clinic_id, p_doctor_id, plan.start_time, plan.end_time, plan.seat
    from planned_slots(p_doctor_id, v_from, v_to) plan
    where plan.start_time > v_now
      and not exists (
        select from availability_slots slots
        where slots.doctor_id = p_doctor_id
          and (slots.start_time, slots.end_time, slots.seat) = (plan.start_time, plan.end_time, plan.seat))
    order by plan.start_time, plan.seat
    -- A slot that is still booked in an older grid stays; the new one beside it waits for the next run.
    on conflict do nothing
    returning id
  )
  select coalesce(array_agg(id), '{}') into v_created from made;

  insert into outbox (kind, clinic_id, slots, request_id)
  select 'slots_changed', v_clinic.id, slots_json(array_agg(id)), p_request_id
  from availability_slots
  where id = any (v_created || v_reopened || v_withdrawn)
  group by date_trunc('day', start_time, 'UTC');

  created := cardinality(v_created);
  reopened := cardinality(v_reopened);
  withdrawn := cardinality(v_withdrawn);
end $$;
comment on function plan_slots(uuid, text) is
  'Makes a doctor''s future slots what the working hours say, up to the clinic''s horizon: missing ones are made, others withdrawn; one that is '
  'held or booked stays and is withdrawn when it is released. Changes nothing when there is nothing to change, so it may run at any time.';
revoke execute on function plan_slots(uuid, text) from public;
grant execute on function plan_slots(uuid, text) to generate_slots;
