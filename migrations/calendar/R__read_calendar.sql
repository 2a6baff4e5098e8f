-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function read_calendar(p_sub text, p_groups text[], p_appointment_id uuid, p_request_id text) returns json
language sql security definer
set search_path = public, pg_temp
as $$
  select json_build_object(
    'appointment', appointment_facts(a.id), 'clinic', clinic_facts(a.clinic_id), 'language', coalesce(patients.language, clinics.language))
  from read_appointments(p_sub, p_groups, p_appointment_id, null, null, null, null, null, 1, p_request_id) visible
  join appointments a on a.id = visible.id
  join clinics on clinics.id = a.clinic_id
  join patients on patients.id = a.patient_id
$$;
comment on function read_calendar(text, text[], uuid, text) is
  'The data of a calendar file of an appointment that read_appointments() returns to the caller, in the patient''s language; null for any '
  'other. Writes audit_log as that function does.';
revoke execute on function read_calendar(text, text[], uuid, text) from public;
grant execute on function read_calendar(text, text[], uuid, text) to patient_api;
