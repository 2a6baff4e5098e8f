-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

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
  v_slot_count integer;
  -- The maximum number of future slots of a doctor: one request must be able to create them.
  c_max_slots constant integer := 30000;
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
    into v_slot_count
    from jsonb_to_recordset(p_hours) as hours (start time, "end" time, capacity smallint);
  if v_slot_count > c_max_slots then
    return json_build_object('outcome', 'invalid', 'field', 'hours', 'value',
      format('at most %s slots within the %s days of the horizon: these hours have about %s', c_max_slots, v_clinic.horizon_days, v_slot_count));
  end if;

  with replaced as (
    delete from working_hours
    where doctor_id = p_doctor_id and daterange(valid_from, valid_to) && daterange(v_from, p_to)
    returning working_hours
  )
  select coalesce(array_agg(working_hours), '{}') into v_replaced from replaced;

  -- The parts of the replaced hours that are valid before and after the new template.
  insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, capacity, valid_from, valid_to)
  select clinic_id, doctor_id, weekday, start_time, end_time, capacity, valid_from, v_from
  from unnest(v_replaced) where valid_from < v_from
  union all
  select clinic_id, doctor_id, weekday, start_time, end_time, capacity, p_to, valid_to
  from unnest(v_replaced) where valid_to is null and p_to is not null or valid_to > p_to;

  insert into working_hours (clinic_id, doctor_id, weekday, start_time, end_time, capacity, valid_from, valid_to)
  select v_clinic.id, p_doctor_id, weekday, start, "end", coalesce(capacity, 1), v_from, p_to
  from jsonb_to_recordset(p_hours) as hours (weekday smallint, start time, "end" time, capacity smallint);

  select * into v_planned from plan_slots(p_doctor_id, p_request_id);
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
      where a.doctor_id = p_doctor_id and appointment_status(a.status, a.expires_at) in ('pending', 'booked') and a.start_time > clock()
        and exists (
          select from appointment_slots claims
          join availability_slots slots on slots.id = claims.slot_id
          where claims.appointment_id = a.id and claims.active and slots.status_when_released = 'withdrawn')));
end $$;
comment on function set_working_hours(text, text[], uuid, jsonb, date, date, text) is
  'Replaces the weekly template of a doctor from p_from (null: today) until before p_to (null: no end), local days of the clinic, and '
  'plans the slots. p_hours: [{ weekday 1-7, start, end, capacity? }], local times. Locks the doctor, then slots as plan_slots(). '
  'Outcomes: done (hours, slotsCreated, slotsWithdrawn, conflicts: the appointments outside the new hours, which stay booked until they '
  'are moved or cancelled), not_found (doctorId), invalid (validTo, hours).';
revoke execute on function set_working_hours(text, text[], uuid, jsonb, date, date, text) from public;
grant execute on function set_working_hours(text, text[], uuid, jsonb, date, date, text) to staff_api;
