-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function change_appointment(
  p_command text, p_appointment_id uuid, p_sub text, p_groups text[], p_request jsonb, p_version integer,
  p_idempotency_key text, p_request_hash text, p_request_id text, p_bookings_per_minute integer,
  out result json, out replayed boolean, out request_id text, out changed json)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_route constant text := p_command || ' ' || p_appointment_id;
  v_role text;
  v_retry_after_seconds integer;
begin
  replayed := false;
  request_id := p_request_id;
  -- Rights are checked before the idempotency key, so that a deactivated person gets no stored result either.
  v_role := role_for_command(p_command, p_appointment_id, p_sub, p_groups);
  if v_role is null then
    result := json_build_object('outcome', 'not_found', 'field', 'appointmentId');
    return;
  end if;

  select c.result, c.replayed, c.request_id into result, replayed, request_id
  from begin_command(p_sub, v_route, p_idempotency_key, p_request_hash, p_request_id) c;
  if result is not null then
    -- Our own retry publishes the slots that the first attempt could not publish.
    changed := changed_slots(p_request_id, null, null);
    return;
  end if;
  if p_command = 'reschedule' then
    v_retry_after_seconds := count_booking_attempt(p_sub, p_request_id, p_bookings_per_minute);
  end if;
  result := case
    when v_retry_after_seconds is not null then json_build_object('outcome', 'rate_limited', 'value', p_bookings_per_minute, 'seconds', v_retry_after_seconds)
    else try_change(p_command, p_appointment_id, p_sub, v_role, p_request, p_version, p_request_id)
  end;
  perform end_command(p_sub, v_route, p_idempotency_key, result);
  changed := changed_slots(p_request_id, null, null);
end $$;
comment on function change_appointment(text, uuid, text, text[], jsonb, integer, text, text, text, integer) is
  'Executes one command on an existing appointment, in one transaction: confirm, renew, cancel { reason? }, reschedule { startTime or '
  'slotId, doctorId?, reason? }, complete, no_show, for the roles in appointment_transitions(); with p_version only on that version. Outcomes: done, '
  'precondition_failed (value), illegal_transition (command, from, to), hold_expired, already_renewed (value), too_late_to_cancel and '
  'too_late_to_reschedule (value in minutes), too_early (value), not_found (field), idempotency_key_reused; for a reschedule also those '
  'of a booking. changed: the slots to publish to the index.';
revoke execute on function change_appointment(text, uuid, text, text[], jsonb, integer, text, text, text, integer) from public;
grant execute on function change_appointment(text, uuid, text, text[], jsonb, integer, text, text, text, integer) to patient_api;

create or replace function role_for_command(p_command text, p_appointment_id uuid, p_sub text, p_groups text[]) returns text
language sql stable
set search_path = public, pg_temp
as $$
  select acting.role
  from appointments a
  cross join actor(p_sub, p_groups)
  cross join lateral (values
    (1, 'patient', a.patient_id = actor.patient_id),
    (2, 'doctor', a.doctor_id = actor.doctor_id),
    (3, 'admin', actor_manages_clinic(p_sub, p_groups, a.clinic_id))) as acting (position, role, has_role)
  where a.id = p_appointment_id and acting.has_role
    and acting.role in (select unnest(roles) from appointment_transitions() where command = p_command)
  order by acting.position
  limit 1
$$;
comment on function role_for_command(text, uuid, text, text[]) is
  'The role in which a caller may execute this command on this appointment: its patient, its doctor or an admin of its clinic, if '
  'appointment_transitions() permits that role; null if none.';

create or replace function try_change(
  p_command text, p_appointment_id uuid, p_sub text, p_role text, p_request jsonb, p_version integer, p_request_id text)
returns json
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz :=
    lock_for_command((select patient_id from appointments where id = p_appointment_id), p_appointment_id, p_request_id);
  v_appointment appointments;
  v_to_status text;
  v_event text;
  v_change record;
begin
  -- The decision uses only data that is read under the locks.
  select * into v_appointment from appointments where id = p_appointment_id;
  if exists (select from audit_log where entity_id = p_appointment_id and action = p_command and request_id = p_request_id) then
    return json_build_object('outcome', 'done', 'appointment', appointment_json(p_appointment_id));
  end if;
  if p_version <> v_appointment.version then
    return json_build_object('outcome', 'precondition_failed', 'value', v_appointment.version);
  end if;
  select to_status, event into v_to_status, v_event from appointment_transitions() where command = p_command and from_status = v_appointment.status;
  if not found then
    return transition_refusal(p_command, v_appointment.status);
  end if;

  case p_command
    when 'confirm' then select * into v_change from try_confirm(v_appointment, v_to_status);
    when 'renew' then select * into v_change from try_renew(v_appointment, v_to_status, v_now);
    when 'cancel' then select * into v_change from try_cancel(v_appointment, v_to_status, v_now, p_role, p_request ->> 'reason');
    when 'reschedule' then select * into v_change from try_reschedule(v_appointment, v_to_status, v_now, p_role, p_request, p_request_id);
    when 'complete', 'no_show' then select * into v_change from try_conclude(v_appointment, v_to_status, v_now);
  end case;
  if v_change.refusal is not null then
    return v_change.refusal;
  end if;
  if v_change.fields <> '{}' then
    if v_appointment.conflict_id is not null and p_command in ('cancel', 'reschedule', 'complete', 'no_show') then
      perform resolve_conflicts(array[p_appointment_id],
        case p_command when 'cancel' then 'cancelled' when 'reschedule' then 'moved' else 'concluded' end,
        case p_role when 'patient' then 'patient' else 'clinic' end, v_now);
    end if;
    insert into outbox (kind, clinic_id, appointment_id, patient_id, version, slots, former, request_id)
    select v_event, clinic_id, id, patient_id, version, slots_to_json(v_change.slots), jsonb_build_object(
      'status', v_appointment.status, 'startTime', to_utc_text(v_appointment.start_time), 'doctorId', v_appointment.doctor_id), p_request_id
    from appointments where id = p_appointment_id;
    if p_command = 'confirm' and v_appointment.conflict_id is not null then
      -- While it was a hold, the patient got no message about the conflict.
      perform publish_conflicts(array[p_appointment_id], 'appointment_conflict', p_request_id);
    end if;
    perform audit(p_sub, p_role, p_command, 'appointment', p_appointment_id, v_appointment.clinic_id, v_change.fields, p_request_id);
  end if;
  return json_build_object('outcome', 'done', 'appointment', appointment_json(p_appointment_id));
end $$;
comment on function try_change(text, uuid, text, text, jsonb, integer, text) is
  'Executes a command for a caller whose rights are checked, under the locks of lock_for_command(). The function of each command returns '
  '{ refusal, slots, fields }: the refusal, or else the changed slots and fields (no fields: nothing had to change). A retry of the same '
  'request finds its audit_log row and is done.';

create or replace function release_slots(p_appointment_id uuid) returns uuid[]
language plpgsql
set search_path = public, pg_temp
as $$
declare v_slot_ids uuid[];
begin
  with released as (
    update appointment_slots set active = false where appointment_id = p_appointment_id and active returning slot_id
  )
  select array_agg(slot_id) into v_slot_ids from released;
  update availability_slots set status = status_when_released, held_until = null, version = version + 1 where id = any (v_slot_ids);
  perform request_planning(v_slot_ids);
  return v_slot_ids;
end $$;
comment on function release_slots(uuid) is
  'Ends an appointment''s claims and sets each slot to its status_when_released. The caller has locked them. Returns the ids of the slots.';
