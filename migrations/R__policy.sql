create or replace function refused_start(p_clinic_id uuid, p_role text, p_start timestamptz, p_field text, p_now timestamptz) returns json
language plpgsql stable
set search_path = public, pg_temp
as $$
declare v_clinic clinics;
begin
  select * into v_clinic from clinics where id = p_clinic_id;
  return case
    when p_start < p_now then
      json_build_object('outcome', 'not_bookable', 'field', p_field, 'rule', 'past', 'value', utc_text(p_now))
    when p_role = 'patient' and p_start < p_now + make_interval(mins => v_clinic.notice_minutes) then
      json_build_object('outcome', 'not_bookable', 'field', p_field, 'rule', 'notice', 'value', v_clinic.notice_minutes)
    when p_start > p_now + make_interval(days => v_clinic.horizon_days) then
      json_build_object('outcome', 'not_bookable', 'field', p_field, 'rule', 'horizon', 'value', v_clinic.horizon_days)
  end;
end $$;
comment on function refused_start(uuid, text, timestamptz, text, timestamptz) is
  'Why a start cannot be booked at this clinic, whoever is free then; null if it can. Staff may book inside the notice.';

create or replace function refused_patient(p_clinic_id uuid, p_role text, p_patient_id uuid, p_hold boolean, p_now timestamptz) returns json
language plpgsql stable
set search_path = public, pg_temp
as $$
declare v_clinic clinics;
begin
  select * into v_clinic from clinics where id = p_clinic_id;
  if p_hold and v_clinic.holds_per_patient <= (
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
comment on function refused_patient(uuid, text, uuid, boolean, timestamptz) is
  'Why the clinic takes no (further) booking of this patient, null if it does. Under the patient''s lock, with the expired holds settled. The '
  'limit of holds is for everybody, the others for patients who book by themselves: staff know why they go beyond them.';

create or replace function hold_end(p_clinic_id uuid, p_start timestamptz, p_now timestamptz) returns timestamptz
language sql stable
set search_path = public, pg_temp
as $$
  select least(date_trunc('second', p_now + make_interval(secs => hold_seconds)), p_start) from clinics where id = p_clinic_id
$$;
comment on function hold_end(uuid, timestamptz, timestamptz) is
  'Until when a time is held that is asked for now: as long as the clinic says, and never beyond its start. Whole seconds, as the API gives it.';
