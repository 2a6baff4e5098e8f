-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function appointment_status(p_status text, p_expires_at timestamptz) returns text
language sql stable
as $$ select case when p_status = 'pending' and p_expires_at <= clock() then 'expired' else p_status end $$;
comment on function appointment_status(text, timestamptz) is
  'The effective status of an appointment: a hold is expired from expires_at on, also before a transaction has written this.';

create or replace function appointment_json(p_appointment_id uuid) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select json_strip_nulls(json_build_object(
    'id', a.id,
    'reference', a.reference,
    'status', status.now,
    'clinic', json_build_object('id', clinics.id, 'name', clinics.name, 'timeZone', clinics.time_zone),
    'doctor', json_build_object('id', doctors.id, 'name', doctors.name),
    'startTime', to_utc_text(a.start_time),
    'endTime', to_utc_text(a.end_time),
    'type', a.type,
    'slots', a.slot_count,
    'slotIds', coalesce((
      select json_agg(claims.slot_id order by slots.start_time)
      from appointment_slots claims
      join availability_slots slots on slots.id = claims.slot_id
      where claims.appointment_id = a.id and claims.active and status.now <> 'expired'
    ), '[]'::json),
    'expiresAt', case when status.now = 'pending' then to_utc_text(a.expires_at) end,
    -- An expired hold has the version that it will have when a transaction writes its expiry.
    'version', a.version + (status.now <> a.status)::integer
  ))
  from appointments a
  cross join lateral (select appointment_status(a.status, a.expires_at)) as status (now)
  join clinics on clinics.id = a.clinic_id
  join doctors on doctors.id = a.doctor_id
  where a.id = p_appointment_id
$$;
comment on function appointment_json(uuid) is
  'An appointment in the format of the API; null if it does not exist. Built only here, so that a retried command returns the same bytes. '
  'slotIds are the slots that it claims now: none once it is cancelled or expired.';
