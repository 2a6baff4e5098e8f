-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function appointment_facts(p_appointment_id uuid) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select json_build_object(
    'id', a.id,
    'reference', a.reference,
    'status', appointment_status(a.status, a.expires_at),
    'startTime', to_utc_text(a.start_time),
    'endTime', to_utc_text(a.end_time),
    'type', a.type,
    'doctorName', doctors.name,
    'version', a.version + (appointment_status(a.status, a.expires_at) <> a.status)::integer,
    'expiresAt', case when a.status = 'pending' then to_utc_text(a.expires_at) end,
    'cancelledBy', a.cancelled_by)
  from appointments a join doctors on doctors.id = a.doctor_id
  where a.id = p_appointment_id
$$;
comment on function appointment_facts(uuid) is
  'The data of an appointment for messages and calendar files: the type AppointmentFacts of the notifier. Instants are in UTC.';

create or replace function clinic_facts(p_clinic_id uuid) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select json_build_object('name', name, 'address', address, 'phone', phone, 'timeZone', time_zone) from clinics where id = p_clinic_id
$$;
comment on function clinic_facts(uuid) is 'The data of a clinic for messages and calendar files: the type ClinicFacts of the notifier.';
