-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function exception_json(p_exception schedule_exceptions) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select json_strip_nulls(json_build_object(
    'id', p_exception.id,
    'clinicId', p_exception.clinic_id,
    'doctorId', p_exception.doctor_id,
    'type', p_exception.type,
    'from', case when p_exception.all_day then (p_exception.start_time at time zone time_zone)::date::text else to_utc_text(p_exception.start_time) end,
    'to', case when p_exception.all_day then (p_exception.end_time at time zone time_zone)::date::text else to_utc_text(p_exception.end_time) end,
    'seat', p_exception.seat,
    'capacity', case when p_exception.type = 'extra_hours' then p_exception.capacity end,
    'reason', p_exception.reason))
  from clinics where id = p_exception.clinic_id
$$;
comment on function exception_json(schedule_exceptions) is
  'An exception in the format of the API: from inclusive, to exclusive; local dates of the clinic if it lasts whole days, else UTC.';

create or replace function manages_schedule(p_sub text, p_groups text[], p_clinic_id uuid, p_doctor_id uuid) returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(case
    when p_doctor_id is not null then actor_manages_doctor(p_sub, p_groups, p_doctor_id)
    else actor_manages_clinic(p_sub, p_groups, p_clinic_id) and exists (select from clinics where id = p_clinic_id)
  end, false)
$$;
comment on function manages_schedule(text, text[], uuid, uuid) is
  'Whether the caller may change the schedule of this doctor or, without a doctor, of all doctors of this clinic.';

create or replace function lock_schedule(p_clinic_id uuid, p_doctor_id uuid) returns uuid[]
language plpgsql
set search_path = public, pg_temp
as $$
begin
  return array(
    select id from doctors
    where case when p_doctor_id is not null then id = p_doctor_id else clinic_id = p_clinic_id end
    order by id
    for no key update);
end $$;
comment on function lock_schedule(uuid, uuid) is
  'Locks this doctor or, without one, all doctors of the clinic, and returns their ids. A change of a schedule does this before it reads or '
  'writes anything, so that it and another change see each other.';

create or replace function plan_change(p_doctor_ids uuid[], p_from timestamptz, p_to timestamptz, p_request_id text) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare v_plan record;
begin
  -- A slot that begins before p_from may reach into it.
  select * into v_plan from plan_slots(p_doctor_ids, p_from - longest_slot(), p_to, p_request_id);
  return jsonb_build_object(
    'slotsCreated', v_plan.created + v_plan.reopened,
    'slotsWithdrawn', v_plan.withdrawn,
    'slotsClosed', v_plan.closed,
    'conflicts', conflicts_of_doctors(p_doctor_ids, p_from, p_to));
end $$;
comment on function plan_change(uuid[], timestamptz, timestamptz, text) is
  'Plans these doctors after a change of their schedule between two instants. Returns the numbers of slots that are offered, no longer '
  'offered and closed since, and the appointments between these instants that are in conflict with the schedule.';

create or replace function exception_times(p_clinic_id uuid, p_exception jsonb, out start_time timestamptz, out end_time timestamptz, out all_day boolean)
language sql stable
set search_path = public, pg_temp
as $$
  select
    case when days.all_day then local_time_to_instant((p_exception ->> 'from')::timestamp, time_zone) else (p_exception ->> 'from')::timestamptz end,
    case when days.all_day then local_time_to_instant((p_exception ->> 'to')::timestamp, time_zone) else (p_exception ->> 'to')::timestamptz end,
    days.all_day
  from clinics, (select length(p_exception ->> 'from') = 10 as all_day) days
  where id = p_clinic_id
$$;
comment on function exception_times(uuid, jsonb) is
  'The instants of an exception { from, to }: given as such, or as local dates of the clinic, for whole days.';

create or replace function add_schedule_exception(
  p_sub text, p_groups text[], p_exception_id uuid, p_clinic_id uuid, p_doctor_id uuid, p_exception jsonb, p_dry_run boolean, p_request_id text)
returns jsonb
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_clinic_id constant uuid := coalesce(p_clinic_id, (select clinic_id from doctors where id = p_doctor_id));
  v_doctor_ids uuid[];
  v_times record;
  v_exception schedule_exceptions;
  v_result jsonb;
begin
  if not manages_schedule(p_sub, p_groups, p_clinic_id, p_doctor_id) then
    return jsonb_build_object('outcome', 'not_found', 'field', case when p_doctor_id is null then 'clinicId' else 'doctorId' end);
  end if;
  v_doctor_ids := lock_schedule(v_clinic_id, p_doctor_id);
  select * into v_times from exception_times(v_clinic_id, p_exception);
  if v_times.end_time <= clock() then
    return jsonb_build_object('outcome', 'invalid', 'field', 'to', 'value', 'a time in the future');
  elsif v_times.end_time > v_times.start_time + interval '2 years' then
    return jsonb_build_object('outcome', 'invalid', 'field', 'to', 'value', 'at most two years after from');
  end if;
  -- A separate block (savepoint), so that a dry run and a refusal undo everything.
  begin
    insert into schedule_exceptions (id, clinic_id, doctor_id, type, start_time, end_time, all_day, capacity, reason)
    values (p_exception_id, v_clinic_id, p_doctor_id, p_exception ->> 'type', v_times.start_time, v_times.end_time, v_times.all_day,
      coalesce((p_exception ->> 'capacity')::smallint, 1), p_exception ->> 'reason')
    on conflict on constraint schedule_exceptions_pkey do nothing;
    select * into v_exception from schedule_exceptions where id = p_exception_id;
    v_result := plan_change(v_doctor_ids, v_times.start_time, v_times.end_time, p_request_id)
      || jsonb_build_object('outcome', 'done', 'exception', exception_json(v_exception));
    perform audit(p_sub, schedule_role(p_sub, p_groups, p_doctor_id), 'add_exception', 'schedule_exception', p_exception_id, v_clinic_id,
      array(select jsonb_object_keys(p_exception)), p_request_id);
    perform raise_if_dry_run(p_dry_run);
  exception
    when sqlstate 'MB003' then
      null;
    when exclusion_violation then
      return jsonb_build_object('outcome', 'invalid', 'field', 'from', 'value', 'extra hours that do not overlap with other extra hours');
  end;
  return v_result;
end $$;
comment on function add_schedule_exception(text, text[], uuid, uuid, uuid, jsonb, boolean, text) is
  'Adds a holiday, blocked time or extra hours to the schedule of a doctor or, without p_doctor_id, of all doctors of a clinic, and plans '
  'their slots. p_exception: { type, from, to, reason?, capacity? }; from inclusive, to exclusive, instants or local dates of the clinic. '
  'The caller names the id, so that a retry adds nothing. With p_dry_run it returns what would happen and changes nothing. Locks the '
  'doctors, then slots. Outcomes: done (exception, slotsCreated, slotsWithdrawn, slotsClosed, conflicts), not_found (doctorId, clinicId), '
  'invalid (from, to).';
revoke execute on function add_schedule_exception(text, text[], uuid, uuid, uuid, jsonb, boolean, text) from public;
grant execute on function add_schedule_exception(text, text[], uuid, uuid, uuid, jsonb, boolean, text) to staff_api;

create or replace function remove_schedule_exception(
  p_sub text, p_groups text[], p_clinic_id uuid, p_doctor_id uuid, p_exception_id uuid, p_dry_run boolean, p_request_id text)
returns jsonb
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_clinic_id constant uuid := coalesce(p_clinic_id, (select clinic_id from doctors where id = p_doctor_id));
  v_doctor_ids uuid[];
  v_exception schedule_exceptions;
  v_result jsonb;
begin
  if not manages_schedule(p_sub, p_groups, p_clinic_id, p_doctor_id) then
    return jsonb_build_object('outcome', 'not_found', 'field', case when p_doctor_id is null then 'clinicId' else 'doctorId' end);
  end if;
  v_doctor_ids := lock_schedule(v_clinic_id, p_doctor_id);
  begin
    delete from schedule_exceptions
    where id = p_exception_id and clinic_id = v_clinic_id and doctor_id is not distinct from p_doctor_id
    returning * into v_exception;
    if not found then
      return jsonb_build_object('outcome', 'not_found', 'field', 'exceptionId');
    end if;
    v_result := plan_change(v_doctor_ids, v_exception.start_time, v_exception.end_time, p_request_id)
      || jsonb_build_object('outcome', 'done', 'exception', exception_json(v_exception));
    perform audit(p_sub, schedule_role(p_sub, p_groups, p_doctor_id), 'remove_exception', 'schedule_exception', p_exception_id, v_clinic_id, '{}', p_request_id);
    perform raise_if_dry_run(p_dry_run);
  exception when sqlstate 'MB003' then
    null;
  end;
  return v_result;
end $$;
comment on function remove_schedule_exception(text, text[], uuid, uuid, uuid, boolean, text) is
  'Removes an exception of a doctor or, without p_doctor_id, of a clinic, and plans the slots: they are offered again. p_dry_run, locks and '
  'outcomes: as add_schedule_exception(); not_found also with exceptionId.';
revoke execute on function remove_schedule_exception(text, text[], uuid, uuid, uuid, boolean, text) from public;
grant execute on function remove_schedule_exception(text, text[], uuid, uuid, uuid, boolean, text) to staff_api;

create or replace function list_schedule_exceptions(
  p_sub text, p_groups text[], p_clinic_id uuid, p_doctor_id uuid, p_from timestamptz, p_to timestamptz,
  p_after_start_time timestamptz, p_after_id uuid, p_limit integer)
returns json
language plpgsql stable security definer
set search_path = public, pg_temp
as $$
declare v_clinic_id constant uuid := coalesce(p_clinic_id, (select clinic_id from doctors where id = p_doctor_id));
begin
  if not manages_schedule(p_sub, p_groups, p_clinic_id, p_doctor_id) then
    return null;
  end if;
  return (
    select coalesce(json_agg(json_build_object('startTime', to_utc_text(page.start_time), 'exception', exception_json(page)) order by page.start_time, page.id), '[]')
    from (
      select * from schedule_exceptions
      where clinic_id = v_clinic_id and (doctor_id = p_doctor_id or doctor_id is null)
        and end_time > p_from and start_time < p_to
        and (p_after_start_time is null or (start_time, id) > (p_after_start_time, p_after_id))
      order by start_time, id
      limit p_limit + 1
    ) page);
end $$;
comment on function list_schedule_exceptions(text, text[], uuid, uuid, timestamptz, timestamptz, timestamptz, uuid, integer) is
  'The exceptions of a clinic and, with p_doctor_id, of that doctor too, that meet [p_from, p_to), by start: [{ startTime, exception }]. A '
  'page of p_limit rows, and one more if there is another page. Null if the caller may not manage the schedule.';
revoke execute on function list_schedule_exceptions(text, text[], uuid, uuid, timestamptz, timestamptz, timestamptz, uuid, integer) from public;
grant execute on function list_schedule_exceptions(text, text[], uuid, uuid, timestamptz, timestamptz, timestamptz, uuid, integer) to staff_api;

create or replace function schedule_role(p_sub text, p_groups text[], p_doctor_id uuid) returns text
language sql stable
set search_path = public, pg_temp
as $$
  select case when doctor_id = p_doctor_id then 'doctor' else 'admin' end from actor(p_sub, p_groups)
$$;
comment on function schedule_role(text, text[], uuid) is 'In which role a caller who may change this doctor''s schedule does it: doctor or admin.';
