create or replace function utc_text(p_instant timestamptz) returns text
language sql stable strict
as $$ select to_char(p_instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;
comment on function utc_text(timestamptz) is 'An instant as the API gives it: RFC 3339, UTC, whole seconds.';

create or replace function appointment_status(p_status text, p_expires_at timestamptz) returns text
language sql stable
as $$ select case when p_status = 'pending' and p_expires_at <= clock() then 'expired' else p_status end $$;
comment on function appointment_status(text, timestamptz) is
  'The status that an appointment has for everybody: a hold is expired at its instant, also before anything has settled it.';

create or replace function slot_status(p_status text, p_held_until timestamptz, p_release_to text) returns text
language sql stable
as $$ select case when p_status = 'held' and p_held_until <= clock() then p_release_to else p_status end $$;
comment on function slot_status(text, timestamptz, text) is
  'The status that a slot has for everybody: one whose hold has expired is what its release makes of it, also before anything has settled it.';

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
    'startTime', utc_text(a.start_time),
    'endTime', utc_text(a.end_time),
    'type', a.type,
    'slots', a.slot_count,
    'slotIds', coalesce((
      select json_agg(claims.slot_id order by slots.start_time)
      from appointment_slots claims
      join availability_slots slots on slots.id = claims.slot_id
      where claims.appointment_id = a.id and claims.active and status.now <> 'expired'
    ), '[]'::json),
    'expiresAt', case when status.now = 'pending' then utc_text(a.expires_at) end,
    -- What is not settled yet has the version already that it will be given then.
    'version', a.version + (status.now <> a.status)::integer
  ))
  from appointments a
  cross join lateral (select appointment_status(a.status, a.expires_at)) as status (now)
  join clinics on clinics.id = a.clinic_id
  join doctors on doctors.id = a.doctor_id
  where a.id = p_appointment_id
$$;
comment on function appointment_json(uuid) is
  'An appointment as the API answers it, null if there is none. Made here and nowhere else, so that a repeated command answers the same '
  'bytes. slotIds are the slots that it claims now: none once it is cancelled or expired.';

create or replace function slots_json(p_slot_ids uuid[]) returns jsonb
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', id, 'doctorId', doctor_id, 'start', utc_text(start_time), 'end', utc_text(end_time), 'seat', seat,
    'status', status, 'version', version, 'heldUntil', utc_text(held_until)
  ) order by start_time, doctor_id, seat), '[]')
  from availability_slots
  where id = any (p_slot_ids)
$$;
comment on function slots_json(uuid[]) is 'Slots as an outbox row carries them: what the index of free slots needs to know.';
