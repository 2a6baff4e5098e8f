create or replace function create_clinic(p_sub text, p_groups text[], p_clinic_id uuid, p_new_clinic jsonb, p_request_id text) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  if not (select is_admin and admin_clinic_id is null from actor(p_sub, p_groups)) then
    return json_build_object('outcome', 'forbidden');
  end if;
  begin
    perform clock() at time zone (p_new_clinic ->> 'timeZone');
  exception when invalid_parameter_value then
    return json_build_object('outcome', 'invalid', 'field', 'timeZone', 'value', 'an IANA time zone name');
  end;
  insert into clinics (id, name, address, phone, currency, time_zone, slot_minutes, notice_minutes, horizon_days, cancellation_cutoff_minutes, hold_seconds,
    holds_per_patient, appointments_per_patient, no_shows_per_patient, notification_email, language, quiet_from, quiet_to, reminder_minutes)
  select p_clinic_id, name, address, phone, currency, "timeZone", "slotMinutes", "noticeMinutes", "horizonDays", "cancellationCutoffMinutes", "holdSeconds",
    "holdsPerPatient", "appointmentsPerPatient", "noShowsPerPatient", "notificationEmail", language, "quietFrom", "quietTo", "reminderMinutes"
  from jsonb_to_record(p_new_clinic) as c (
    name text, address text, phone text, currency text, "timeZone" text, "slotMinutes" integer, "noticeMinutes" integer,
    "horizonDays" integer, "cancellationCutoffMinutes" integer, "holdSeconds" integer, "holdsPerPatient" integer,
    "appointmentsPerPatient" integer, "noShowsPerPatient" integer, "notificationEmail" text, language text, "quietFrom" time, "quietTo" time,
    "reminderMinutes" integer[])
  on conflict on constraint clinics_pkey do nothing;
  if found then
    perform audit(p_sub, 'admin', 'create', 'clinic', p_clinic_id, p_clinic_id, array(select jsonb_object_keys(p_new_clinic)), p_request_id);
  end if;
  return json_build_object('outcome', 'done');
end $$;
comment on function create_clinic(text, text[], uuid, jsonb, text) is
  'Creates a clinic from the fields of the API''s request body, which must all be present. The caller passes the id, so that a retry '
  'creates no second clinic. Outcomes: done, forbidden except for a platform admin, invalid (timeZone).';
revoke execute on function create_clinic(text, text[], uuid, jsonb, text) from public;
grant execute on function create_clinic(text, text[], uuid, jsonb, text) to staff_api;
