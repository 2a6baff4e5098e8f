-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function plan_slots(
  p_doctor_ids uuid[], p_from timestamptz, p_to timestamptz, p_request_id text,
  out created integer, out reopened integer, out withdrawn integer, out closed integer)
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_now timestamptz := clock();
  v_from timestamptz := greatest(p_from, v_now + interval '1 microsecond');
  v_to timestamptz := least(p_to, planning_end(p_doctor_ids, v_now));
  v_first slot_change[];
  v_changes slot_change[];
  v_locked_ids uuid[];
  v_changed_ids uuid[];
  v_created_ids uuid[];
begin
  created := 0; reopened := 0; withdrawn := 0; closed := 0;
  -- One change of a doctor's schedule at a time. Bookings lock only the key of this row (key share), so they do not wait. Everything is
  -- read after the lock, because the one who had it may have changed the schedule.
  perform from doctors where id = any (p_doctor_ids) order by id for no key update;
  v_first := array(select c from slot_changes(p_doctor_ids, v_from, v_to, v_now) c);
  if v_first = '{}' then
    return;
  end if;
  -- In the order of every command, and only slots at the times that change, so that bookings of other slots do not wait.
  v_locked_ids := array(
    select slots.id from availability_slots slots
    where slots.id in (
      select other.id
      from unnest(v_first) change
      join availability_slots other
        on other.doctor_id = change.doctor_id and other.status <> 'withdrawn'
        and other.start_time < change.end_time and other.end_time > change.start_time
        and other.start_time > change.start_time - longest_slot()
      union all
      select change.slot_id from unnest(v_first) change where change.slot_id is not null)
    order by slots.start_time, slots.doctor_id, slots.seat
    for no key update);
  v_now := clock();
  if v_locked_ids = '{}' then
    v_changes := v_first;
  else
    perform expire_holds_on_slots(
      array(select id from availability_slots where id = any (v_locked_ids) and held_until <= v_now), v_now, p_request_id);
    -- Now none of these slots can be booked or released, so the decision holds. What changed elsewhere has its own planning request.
    v_changes := array(
      select c from slot_changes(p_doctor_ids, v_from, v_to, v_now) c
      where (c.slot_id is null or c.slot_id = any (v_locked_ids))
        and exists (
          select from unnest(v_first) first where (first.doctor_id, first.start_time, first.end_time, first.seat) = (c.doctor_id, c.start_time, c.end_time, c.seat)));
  end if;

  -- Slots are withdrawn first, because others may take their times.
  with changed as (
    update availability_slots slots set
      status = case when slots.status in ('held', 'booked') then slots.status else 'withdrawn' end,
      status_when_released = 'withdrawn',
      version = slots.version + 1
    from unnest(v_changes) change
    where slots.id = change.slot_id and change.is_changed and change.planned_status = 'withdrawn'
    returning slots.id
  )
  select coalesce(array_agg(id), '{}'), count(*) into v_changed_ids, withdrawn from changed;

  with changed as (
    update availability_slots slots set
      status = case when slots.status in ('held', 'booked') then slots.status else change.planned_status end,
      status_when_released = change.planned_status,
      version = slots.version + 1
    from unnest(v_changes) change
    where slots.id = change.slot_id and change.is_changed and change.planned_status <> 'withdrawn'
    returning slots.id, change.planned_status
  )
  select v_changed_ids || coalesce(array_agg(id), '{}'), count(*) filter (where planned_status = 'free'), count(*) filter (where planned_status <> 'free')
    into v_changed_ids, reopened, closed from changed;

  with inserted as (
    insert into availability_slots (clinic_id, doctor_id, start_time, end_time, seat, status, status_when_released)
    select change.clinic_id, change.doctor_id, change.start_time, change.end_time, change.seat, change.planned_status, change.planned_status
    from unnest(v_changes) change
    where change.slot_id is null and change.is_changed
    order by change.start_time, change.doctor_id, change.seat
    -- Two openings of hours in different weeks may meet at a clock change.
    on conflict do nothing
    returning id, status
  )
  select coalesce(array_agg(id), '{}'), count(*) filter (where status = 'free'), closed + count(*) filter (where status <> 'free')
    into v_created_ids, created, closed from inserted;

  insert into outbox (kind, clinic_id, slots, request_id)
  select 'slots_changed', clinic_id, slots_to_json(array_agg(id)), p_request_id
  from availability_slots
  where id = any (v_changed_ids || v_created_ids)
  group by clinic_id, date_trunc('day', start_time, 'UTC');

  perform update_conflicts(
    array(select distinct appointment_id from unnest(v_changes) where appointment_id is not null and not fits),
    array(select distinct appointment_id from unnest(v_changes) where appointment_id is not null and fits), v_now, p_request_id);
end $$;
comment on function plan_slots(uuid[], timestamptz, timestamptz, text) is
  'Makes the future slots of these doctors of one clinic with a start in [p_from, p_to), at most up to the clinic''s horizon, match their '
  'hours and exceptions. A held or booked slot stays, and gets its planned status when it is released; its appointment becomes a conflict '
  'if the doctor does not work then. Locks the doctors by id, then the slots at the times that change. Returns how many slots it created, '
  'reopened, withdrew and closed (blocked or holiday).';

create or replace function planning_end(p_doctor_ids uuid[], p_now timestamptz) returns timestamptz
language sql stable
set search_path = public, pg_temp
as $$
  select max(((p_now at time zone clinics.time_zone)::date + clinics.horizon_days + 1)::timestamp at time zone clinics.time_zone)
  from doctors
  join clinics on clinics.id = doctors.clinic_id
  where doctors.id = any (p_doctor_ids)
$$;
comment on function planning_end(uuid[], timestamptz) is
  'The end of the last local day on which these doctors of one clinic can be booked; null if there are none.';

create or replace function plan_doctor(p_doctor_id uuid, p_request_id text, out created integer, out reopened integer, out withdrawn integer)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_now constant timestamptz := clock();
begin
  created := 0; reopened := 0; withdrawn := 0;
  if exists (select from slot_changes(array[p_doctor_id], v_now + interval '1 microsecond', planning_end(array[p_doctor_id], v_now), v_now)) then
    select p.created, p.reopened, p.withdrawn into created, reopened, withdrawn
    from plan_slots(array[p_doctor_id], '-infinity', 'infinity', p_request_id) p;
  end if;
end $$;
comment on function plan_doctor(uuid, text) is
  'Plans all future slots of one doctor, as plan_slots() does. If everything matches, it locks and writes nothing.';
revoke execute on function plan_doctor(uuid, text) from public;
grant execute on function plan_doctor(uuid, text) to generate_slots;

create or replace function plan_requested_doctor(p_doctor_id uuid, p_request_id text) returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_doctor_id uuid;
begin
  delete from planning_requests
  where id = (
    select id from planning_requests
    where p_doctor_id is null or doctor_id = p_doctor_id
    order by id limit 1 for update skip locked)
  returning doctor_id into v_doctor_id;
  if v_doctor_id is not null then
    delete from planning_requests
    where id in (select id from planning_requests where doctor_id = v_doctor_id order by id for update skip locked);
    -- Also if another run has planned this doctor since: it may not have seen the release.
    perform plan_slots(array[v_doctor_id], '-infinity', 'infinity', p_request_id);
  end if;
  return v_doctor_id;
end $$;
comment on function plan_requested_doctor(uuid, text) is
  'Plans the slots of this doctor (null: of the one with the oldest planning request), and returns the doctor; null if there is no request. '
  'One doctor in a transaction, because the slots of several could be locked in another order than by a command. Runs may overlap.';
revoke execute on function plan_requested_doctor(uuid, text) from public;
grant execute on function plan_requested_doctor(uuid, text) to patient_api, expire_holds;

create or replace function request_planning(p_slot_ids uuid[]) returns void
language sql
set search_path = public, pg_temp
as $$
  insert into planning_requests (doctor_id)
  select distinct doctor_id
  from availability_slots
  where id = any (p_slot_ids) and status = 'withdrawn'
$$;
comment on function request_planning(uuid[]) is
  'Requests a planning of the doctors of those slots that are withdrawn, because another slot may take their time.';
