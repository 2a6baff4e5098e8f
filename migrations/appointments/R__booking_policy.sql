-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function start_time_refusal(p_clinic_id uuid, p_role text, p_start_time timestamptz, p_field_name text, p_now timestamptz) returns json
language plpgsql stable
set search_path = public, pg_temp
as $$
declare v_clinic clinics;
begin
  select * into v_clinic from clinics where id = p_clinic_id;
  return case
    when p_start_time < p_now then
      json_build_object('outcome', 'not_bookable', 'field', p_field_name, 'rule', 'past', 'value', to_utc_text(p_now))
    when p_role = 'patient' and p_start_time < p_now + make_interval(mins => v_clinic.notice_minutes) then
      json_build_object('outcome', 'not_bookable', 'field', p_field_name, 'rule', 'notice', 'value', v_clinic.notice_minutes)
    when p_start_time > p_now + make_interval(days => v_clinic.horizon_days) then
      json_build_object('outcome', 'not_bookable', 'field', p_field_name, 'rule', 'horizon', 'value', v_clinic.horizon_days)
  end;
end $$;
comment on function start_time_refusal(uuid, text, timestamptz, text, timestamptz) is
  'The refusal of a booking at this start, even if a doctor is free: not_bookable with the rule past, notice or horizon (value); null if '
  'the clinic accepts it. The notice does not apply to staff.';

create or replace function violated_cutoff_minutes(p_appointment appointments, p_now timestamptz, p_role text, p_reason text) returns integer
language sql stable
set search_path = public, pg_temp
as $$
  select cancellation_cutoff_minutes
  from clinics
  where id = p_appointment.clinic_id and p_appointment.conflict_id is null
    and p_now >= p_appointment.start_time - make_interval(mins => cancellation_cutoff_minutes)
    and (p_role = 'patient' or p_reason is null)
$$;
comment on function violated_cutoff_minutes(appointments, timestamptz, text, text) is
  'The clinic''s cut-off in minutes before the start, if it has passed and applies; null if the appointment may still be cancelled or '
  'rescheduled. It does not apply to staff with a reason, nor to an appointment at a time at which its doctor no longer works.';

create or replace function patient_refusal(p_clinic_id uuid, p_role text, p_patient_id uuid, p_is_hold boolean, p_now timestamptz) returns json
language plpgsql stable
set search_path = public, pg_temp
as $$
declare v_clinic clinics;
begin
  select * into v_clinic from clinics where id = p_clinic_id;
  if p_is_hold and v_clinic.holds_per_patient <= (
    select count(*) from appointments where patient_id = p_patient_id and status = 'pending' and expires_at > p_now) then
    return json_build_object('outcome', 'too_many_holds', 'value', v_clinic.holds_per_patient);
  end if;
  if p_role <> 'patient' then
    return null;
  end if;
  return case
    when v_clinic.appointments_per_patient <= (
      select count(*) from appointments
      where patient_id = p_patient_id and clinic_id = p_clinic_id and start_time > p_now and status in ('pending', 'booked')) then
      json_build_object('outcome', 'too_many_appointments', 'value', v_clinic.appointments_per_patient)
    when v_clinic.no_shows_per_patient <= (
      select count(*) from appointments
      where patient_id = p_patient_id and clinic_id = p_clinic_id and start_time > p_now - interval '1 year' and status = 'no_show') then
      json_build_object('outcome', 'too_many_no_shows', 'value', v_clinic.no_shows_per_patient)
  end;
end $$;
comment on function patient_refusal(uuid, text, uuid, boolean, timestamptz) is
  'The refusal of a further booking of this patient: too_many_holds, too_many_appointments or too_many_no_shows (value: the limit); '
  'null if the clinic accepts it. Needs the patient''s lock and the expired holds written, as lock_for_command() leaves them. The limit of '
  'holds is for all callers, the others only for patients who book by themselves.';

create or replace function hold_expiry(p_clinic_id uuid, p_start_time timestamptz, p_now timestamptz) returns timestamptz
language sql stable
set search_path = public, pg_temp
as $$
  select least(date_trunc('second', p_now + make_interval(secs => hold_seconds)), p_start_time) from clinics where id = p_clinic_id
$$;
comment on function hold_expiry(uuid, timestamptz, timestamptz) is
  'When a hold that begins at p_now expires: after the clinic''s hold_seconds, but never after p_start_time. In whole seconds, as in the '
  'API.';
