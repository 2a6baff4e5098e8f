-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function working_hours_json(p_doctor_id uuid) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(json_agg(json_build_object(
    'weekday', weekday, 'start', to_char(start_time, 'HH24:MI'),
    'end', to_char(end_time, 'HH24:MI'),
    'capacity', capacity, 'everyWeeks', every_weeks, 'anchor', anchor, 'validFrom', valid_from, 'validTo', valid_to
  ) order by valid_from, weekday, start_time), '[]')
  from working_hours
  where doctor_id = p_doctor_id
$$;
comment on function working_hours_json(uuid) is 'The weekly template of a doctor in the format of the API, in the clinic''s local time.';

create or replace function read_working_hours(p_sub text, p_groups text[], p_doctor_id uuid) returns json
language sql stable security definer
set search_path = public, pg_temp
as $$
  select working_hours_json(p_doctor_id) where actor_manages_doctor(p_sub, p_groups, p_doctor_id)
$$;
comment on function read_working_hours(text, text[], uuid) is
  'The working hours of a doctor, as working_hours_json() builds them; null if the caller may not manage the doctor.';
revoke execute on function read_working_hours(text, text[], uuid) from public;
grant execute on function read_working_hours(text, text[], uuid) to staff_api;

create or replace function set_working_hours(
  p_sub text, p_groups text[], p_doctor_id uuid, p_hours jsonb, p_from date, p_to date, p_slot_minutes integer, p_dry_run boolean, p_request_id text)
returns jsonb
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_clinic clinics;
  v_from date;
  v_refusal jsonb;
  v_result jsonb;
begin
  if actor_manages_doctor(p_sub, p_groups, p_doctor_id) is not true then
    return jsonb_build_object('outcome', 'not_found', 'field', 'doctorId');
  end if;
  perform lock_schedule(null, p_doctor_id);
  -- Only after the lock, so that it is the clinic as others have left it.
  select clinics.* into v_clinic
  from doctors join clinics on clinics.id = doctors.clinic_id
  where doctors.id = p_doctor_id;
  v_from := coalesce(p_from, (clock() at time zone v_clinic.time_zone)::date);
  if p_to <= v_from then
    return jsonb_build_object('outcome', 'invalid', 'field', 'validTo', 'value', 'a day after ' || v_from);
  end if;
  v_refusal := hours_refusal(p_doctor_id, p_hours, p_slot_minutes);
  if v_refusal is not null then
    return v_refusal;
  end if;
  -- A separate block (savepoint), so that a dry run undoes everything.
  begin
    update doctors set slot_minutes = coalesce(p_slot_minutes, slot_minutes) where id = p_doctor_id;
    perform replace_working_hours(p_doctor_id, p_hours, v_from, p_to);
    v_result := plan_change(array[p_doctor_id], '-infinity', 'infinity', p_request_id)
      || jsonb_build_object('outcome', 'done', 'hours', working_hours_json(p_doctor_id));
    perform audit(p_sub, schedule_role(p_sub, p_groups, p_doctor_id), 'set_working_hours', 'doctor', p_doctor_id, v_clinic.id,
      array['working_hours'] || case when p_slot_minutes is null then '{}' else array['slot_minutes'] end, p_request_id);
    perform raise_if_dry_run(p_dry_run);
  exception when sqlstate 'MB003' then
    null;
  end;
  return v_result;
end $$;
comment on function set_working_hours(text, text[], uuid, jsonb, date, date, integer, boolean, text) is
  'Replaces the weekly template of a doctor from p_from (null: today) until before p_to (null: no end), local days of the clinic, and '
  'plans the slots. p_hours: [{ weekday 1-7, start, end, capacity?, everyWeeks?, anchor? }], local times. p_slot_minutes: a slot length of '
  'this doctor; null leaves it. With p_dry_run it returns what would happen and changes nothing. Locks the doctor, then slots as '
  'plan_slots(). Outcomes: done (hours, slotsCreated, slotsWithdrawn, slotsClosed, conflicts: the appointments outside the new hours, which '
  'stay booked until they are moved or cancelled), not_found (doctorId), invalid (validTo, hours).';
revoke execute on function set_working_hours(text, text[], uuid, jsonb, date, date, integer, boolean, text) from public;
grant execute on function set_working_hours(text, text[], uuid, jsonb, date, date, integer, boolean, text) to staff_api;

create or replace function hours_refusal(p_doctor_id uuid, p_hours jsonb, p_slot_minutes integer) returns jsonb
language plpgsql stable
set search_path = public, pg_temp
as $$
declare
  -- The maximum number of future slots of a doctor: one request must be able to create them.
  c_max_slots constant integer := 30000;
  v_slot_count integer;
  v_horizon_days integer;
begin
  select clinics.horizon_days, sum(
      floor(extract(epoch from "end" - start) / 60 / coalesce(p_slot_minutes, doctors.slot_minutes, clinics.slot_minutes)) * coalesce(capacity, 1) / coalesce("everyWeeks", 1))
      * clinics.horizon_days / 7
    into v_horizon_days, v_slot_count
    from doctors
    join clinics on clinics.id = doctors.clinic_id
    cross join jsonb_to_recordset(p_hours) as hours (start time, "end" time, capacity smallint, "everyWeeks" smallint)
    where doctors.id = p_doctor_id
    group by clinics.horizon_days;
  if v_slot_count > c_max_slots then
    return jsonb_build_object('outcome', 'invalid', 'field', 'hours', 'value',
      format('at most %s slots within the %s days of the horizon: these hours have about %s', c_max_slots, v_horizon_days, v_slot_count));
  end if;
  return null;
end $$;
comment on function hours_refusal(uuid, jsonb, integer) is
  'The refusal of hours that, with this slot length (null: the present one), have too many slots up to the horizon: invalid (hours); null '
  'if they are accepted.';

create or replace function replace_working_hours(p_doctor_id uuid, p_hours jsonb, p_from date, p_to date) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare v_replaced working_hours[];
begin
  with replaced as (
    delete from working_hours
    where doctor_id = p_doctor_id and daterange(valid_from, valid_to) && daterange(p_from, p_to)
    returning working_hours
  )
  select coalesce(array_agg(working_hours), '{}') into v_replaced from replaced;

  -- The parts of the replaced hours that are valid before and after the new template.
  insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, capacity, every_weeks, anchor, valid_from, valid_to)
  select clinic_id, doctor_id, weekday, start_time, end_time, capacity, every_weeks, anchor, valid_from, p_from
  from unnest(v_replaced) where valid_from < p_from
  union all
  select clinic_id, doctor_id, weekday, start_time, end_time, capacity, every_weeks, anchor, p_to, valid_to
  from unnest(v_replaced) where valid_to is null and p_to is not null or valid_to > p_to;

  insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, capacity, every_weeks, anchor, valid_from, valid_to)
  select doctors.clinic_id, doctors.id, weekday, start, "end", coalesce(capacity, 1), coalesce("everyWeeks", 1), coalesce(hours.anchor, p_from), p_from, p_to
  from doctors
  cross join jsonb_to_recordset(p_hours) as hours (weekday smallint, start time, "end" time, capacity smallint, "everyWeeks" smallint, anchor date)
  where doctors.id = p_doctor_id;
end $$;
comment on function replace_working_hours(uuid, jsonb, date, date) is
  'Replaces the hours of a doctor from p_from until before p_to (null: no end). Hours that are valid before or after stay valid there. The '
  'caller has locked the doctor and checked the hours.';
