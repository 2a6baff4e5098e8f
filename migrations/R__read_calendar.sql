create or replace function read_calendar(p_sub text, p_groups text[], p_appointment_id uuid, p_request_id text) returns json
language sql security definer
set search_path = public, pg_temp
as $$
  select json_build_object(
    'appointment', appointment_facts(a.id), 'clinic', clinic_facts(a.clinic_id), 'language', coalesce(patients.language, clinics.language))
  from read_appointments(p_sub, p_groups, p_appointment_id, null, null, null, null, null, 1, p_request_id) seen
  join appointments a on a.id = seen.id
  join clinics on clinics.id = a.clinic_id
  join patients on patients.id = a.patient_id
$$;
comment on function read_calendar(text, text[], uuid, text) is
  'What a calendar needs of an appointment that the caller may see, as read_appointments() says, with the patient''s language; null for any other.';
revoke execute on function read_calendar(text, text[], uuid, text) from public;
grant execute on function read_calendar(text, text[], uuid, text) to patient_api;
