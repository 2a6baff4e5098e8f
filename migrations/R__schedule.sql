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

create or replace function plan_slots(p_doctor_id uuid, out created integer, out reopened integer, out withdrawn integer)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := clock();
  v_clinic clinics;
  v_from date;
  v_to date;
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
  perform from availability_slots slots
    where slots.doctor_id = p_doctor_id and slots.start_time > v_now
      and (slots.release_to = 'withdrawn' or (slots.start_time, slots.end_time, slots.seat) not in (
        select plan.start_time, plan.end_time, plan.seat from planned_slots(p_doctor_id, v_from, v_to) plan))
    order by slots.start_time, slots.doctor_id, slots.seat
    for no key update;

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

  insert into outbox (kind, clinic_id, slots)
  select 'slots_changed', v_clinic.id, slots_json(array_agg(id))
  from availability_slots
  where id = any (v_created || v_reopened || v_withdrawn)
  group by date_trunc('day', start_time, 'UTC');

  created := cardinality(v_created);
  reopened := cardinality(v_reopened);
  withdrawn := cardinality(v_withdrawn);
end $$;
comment on function plan_slots(uuid) is
  'Makes a doctor''s future slots what the working hours say, up to the clinic''s horizon: missing ones are made, others withdrawn; one that is '
  'held or booked stays and is withdrawn when it is released. Changes nothing when there is nothing to change, so it may run at any time.';
revoke execute on function plan_slots(uuid) from public;
grant execute on function plan_slots(uuid) to generate_slots;

create or replace function actor_manages_doctor(p_sub text, p_groups text[], p_doctor_id uuid) returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(actor.doctor_id = p_doctor_id or actor_manages_clinic(p_sub, p_groups, doctors.clinic_id), false)
  from doctors, actor(p_sub, p_groups)
  where doctors.id = p_doctor_id
$$;
comment on function actor_manages_doctor(text, text[], uuid) is
  'Whether the caller is this doctor or an active admin of the doctor''s clinic. Null if there is no such doctor.';

create or replace function working_hours_json(p_doctor_id uuid) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(json_agg(json_build_object(
    'weekday', weekday, 'start', to_char(start_time, 'HH24:MI'),
    'end', to_char(end_time, 'HH24:MI'),
    'capacity', capacity, 'validFrom', valid_from, 'validTo', valid_to
  ) order by valid_from, weekday, start_time), '[]')
  from working_hours
  where doctor_id = p_doctor_id
$$;
comment on function working_hours_json(uuid) is 'The weekly template of a doctor as the API answers it, in the clinic''s local time.';

create or replace function read_working_hours(p_sub text, p_groups text[], p_doctor_id uuid) returns json
language sql stable security definer
set search_path = public, pg_temp
as $$
  select working_hours_json(p_doctor_id) where actor_manages_doctor(p_sub, p_groups, p_doctor_id)
$$;
comment on function read_working_hours(text, text[], uuid) is 'The doctor''s working hours; null for who manages no such doctor.';
revoke execute on function read_working_hours(text, text[], uuid) from public;
grant execute on function read_working_hours(text, text[], uuid) to staff_api;

create or replace function set_working_hours(
  p_sub text, p_groups text[], p_doctor_id uuid, p_hours jsonb, p_from date, p_to date, p_request_id text)
returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_clinic clinics;
  v_from date;
  v_replaced working_hours[];
  v_planned record;
  v_count integer;
  -- What one doctor may have ahead: making them must fit into a request.
  c_most_slots constant integer := 10000;
begin
  if actor_manages_doctor(p_sub, p_groups, p_doctor_id) is not true then
    return json_build_object('outcome', 'not_found', 'field', 'doctorId');
  end if;
  select clinics.* into v_clinic
  from doctors join clinics on clinics.id = doctors.clinic_id
  where doctors.id = p_doctor_id
  for no key update of doctors;
  v_from := coalesce(p_from, (clock() at time zone v_clinic.time_zone)::date);
  if p_to <= v_from then
    return json_build_object('outcome', 'invalid', 'field', 'validTo', 'value', 'a day after ' || v_from);
  end if;
  select sum(floor(extract(epoch from "end" - start) / 60 / v_clinic.slot_minutes) * coalesce(capacity, 1)) * v_clinic.horizon_days / 7
    into v_count
    from jsonb_to_recordset(p_hours) as hours (start time, "end" time, capacity smallint);
  if v_count > c_most_slots then
    return json_build_object('outcome', 'invalid', 'field', 'hours', 'value',
      format('at most %s slots within the %s days of the horizon: these would be about %s', c_most_slots, v_clinic.horizon_days, v_count));
  end if;

  with replaced as (
    delete from working_hours
    where doctor_id = p_doctor_id and daterange(valid_from, valid_to) && daterange(v_from, p_to)
    returning working_hours
  )
  select coalesce(array_agg(working_hours), '{}') into v_replaced from replaced;

  -- What held before the new template, and what holds again after it.
  insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, capacity, valid_from, valid_to)
  select clinic_id, doctor_id, weekday, start_time, end_time, capacity, valid_from, v_from
  from unnest(v_replaced) where valid_from < v_from
  union all
  select clinic_id, doctor_id, weekday, start_time, end_time, capacity, p_to, valid_to
  from unnest(v_replaced) where valid_to is null and p_to is not null or valid_to > p_to;

  insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, capacity, valid_from, valid_to)
  select v_clinic.id, p_doctor_id, weekday, start, "end", coalesce(capacity, 1), v_from, p_to
  from jsonb_to_recordset(p_hours) as hours (weekday smallint, start time, "end" time, capacity smallint);

  select * into v_planned from plan_slots(p_doctor_id);
  perform audit(p_sub, case when (select doctor_id from actor(p_sub, p_groups)) = p_doctor_id then 'doctor' else 'admin' end,
    'set_working_hours', 'doctor', p_doctor_id, v_clinic.id, array['working_hours'], p_request_id);
  return json_build_object(
    'outcome', 'done',
    'hours', working_hours_json(p_doctor_id),
    'slotsCreated', v_planned.created + v_planned.reopened,
    'slotsWithdrawn', v_planned.withdrawn,
    'conflicts', (
      select coalesce(json_agg(appointment_json(a.id) order by a.start_time, a.id), '[]')
      from appointments a
      where a.doctor_id = p_doctor_id and a.status in ('pending', 'booked') and a.start_time > clock()
        and exists (
          select from appointment_slots claims
          join availability_slots slots on slots.id = claims.slot_id
          where claims.appointment_id = a.id and claims.active and slots.release_to = 'withdrawn')));
end $$;
comment on function set_working_hours(text, text[], uuid, jsonb, date, date, text) is
  'Replaces the weekly template of a doctor from p_from (today, if null) until before p_to (for ever, if null), local days of the clinic, and '
  'makes the slots so. p_hours: [{ weekday 1-7, start, end, capacity? }]. Answers the template, how many slots came and went, and the '
  'appointments outside the new hours: they stay booked until somebody settles them.';
revoke execute on function set_working_hours(text, text[], uuid, jsonb, date, date, text) from public;
grant execute on function set_working_hours(text, text[], uuid, jsonb, date, date, text) to staff_api;

create or replace function read_schedule(
  p_sub text, p_groups text[], p_doctor_id uuid, p_from timestamptz, p_to timestamptz,
  p_after_start timestamptz, p_after_id uuid, p_limit integer, p_request_id text)
returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_actor record;
  v_entries json;
begin
  if actor_manages_doctor(p_sub, p_groups, p_doctor_id) is not true then
    return null;
  end if;
  select * into v_actor from actor(p_sub, p_groups);
  with page as (
    select slots.id, slots.start_time, slots.end_time, slots.seat, slots.status, slots.clinic_id, claims.appointment_id
    from availability_slots slots
    left join appointment_slots claims on claims.slot_id = slots.id and claims.active
    where slots.doctor_id = p_doctor_id
      and slots.status <> 'withdrawn'
      and slots.start_time >= p_from and slots.start_time < p_to
      and (p_after_start is null or (slots.start_time, slots.id) > (p_after_start, p_after_id))
    order by slots.start_time, slots.id
    limit p_limit
  ), noted as (
    insert into audit_log (actor_sub, actor_role, action, entity, entity_id, clinic_id, request_id)
    select distinct p_sub, case when v_actor.doctor_id = p_doctor_id then 'doctor' else 'admin' end, 'read', 'appointment',
      page.appointment_id, page.clinic_id, p_request_id
    from page
    where page.appointment_id is not null
  )
  select coalesce(json_agg(json_strip_nulls(json_build_object(
    'slotId', page.id, 'startTime', utc_text(page.start_time), 'endTime', utc_text(page.end_time), 'seat', page.seat,
    'status', page.status,
    'appointment', (
      select json_build_object('id', a.id, 'reference', a.reference, 'status', a.status, 'type', a.type, 'reason', a.reason,
        'patient', json_build_object('id', patients.id, 'name', patients.name))
      from appointments a join patients on patients.id = a.patient_id
      where a.id = page.appointment_id))) order by page.start_time, page.id), '[]')
  into v_entries
  from page;
  return v_entries;
end $$;
comment on function read_schedule(text, text[], uuid, timestamptz, timestamptz, timestamptz, uuid, integer, text) is
  'A page of a doctor''s day: every slot that is not withdrawn, with the appointment and the patient in it. Reading it is noted in audit_log. '
  'Null for who manages no such doctor.';
revoke execute on function read_schedule(text, text[], uuid, timestamptz, timestamptz, timestamptz, uuid, integer, text) from public;
grant execute on function read_schedule(text, text[], uuid, timestamptz, timestamptz, timestamptz, uuid, integer, text) to staff_api;
