create or replace function appointment_facts(p_appointment_id uuid) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select json_build_object(
    'id', a.id,
    'reference', a.reference,
    'status', appointment_status(a.status, a.expires_at),
    'startTime', utc_text(a.start_time),
    'endTime', utc_text(a.end_time),
    'type', a.type,
    'doctorName', doctors.name,
    'version', a.version + (appointment_status(a.status, a.expires_at) <> a.status)::integer,
    'expiresAt', case when a.status = 'pending' then utc_text(a.expires_at) end,
    'cancelledBy', a.cancelled_by)
  from appointments a join doctors on doctors.id = a.doctor_id
  where a.id = p_appointment_id
$$;
comment on function appointment_facts(uuid) is 'What messages and calendars say of an appointment: the type AppointmentFacts of the notifier.';

create or replace function clinic_facts(p_clinic_id uuid) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select json_build_object('name', name, 'address', address, 'phone', phone, 'timeZone', time_zone) from clinics where id = p_clinic_id
$$;
comment on function clinic_facts(uuid) is 'What messages and calendars say of a clinic: the type ClinicFacts of the notifier.';
