create or replace function try_cancel(p_sub text, p_role text, p_appointment_id uuid, p_reason text, p_request_id text)
returns json
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := clock();
  v_appointment appointments;
  v_slots uuid[];
  v_cutoff_minutes integer;
begin
  select * into v_appointment from appointments where id = p_appointment_id;
  perform from patients where id = v_appointment.patient_id for no key update;
  perform from availability_slots
    where id in (select slot_id from appointment_slots where appointment_id = p_appointment_id and active)
    order by start_time, doctor_id, seat
    for no key update;
  -- Everything that decides is read under the locks.
  select * into v_appointment from appointments where id = p_appointment_id for no key update;

  if v_appointment.status = 'cancelled'
    and exists (select from audit_log where entity_id = p_appointment_id and action = 'cancel' and request_id = p_request_id) then
    return json_build_object('outcome', 'done', 'appointment', appointment_json(p_appointment_id));
  end if;
  if v_appointment.status not in ('pending', 'booked') then
    return json_build_object('outcome', 'illegal_transition', 'from', v_appointment.status, 'to', 'cancelled');
  end if;
  select cancellation_cutoff_minutes into v_cutoff_minutes from clinics where id = v_appointment.clinic_id;
  if v_now >= v_appointment.start_time - make_interval(mins => v_cutoff_minutes) and (p_role = 'patient' or p_reason is null) then
    return json_build_object('outcome', 'too_late_to_cancel', 'value', v_cutoff_minutes);
  end if;

  with released as (
    update appointment_slots set active = false where appointment_id = p_appointment_id and active returning slot_id
  )
  select array_agg(slot_id) into v_slots from released;
  update availability_slots set status = release_to, held_until = null, version = version + 1 where id = any (v_slots);
  update appointments set
    status = 'cancelled',
    cancelled_by = case p_role when 'patient' then 'patient' else 'clinic' end,
    cancellation_reason = p_reason,
    version = version + 1
  where id = p_appointment_id
  returning * into v_appointment;
  insert into outbox (kind, clinic_id, appointment_id, patient_id, version, slots)
  values ('appointment_cancelled', v_appointment.clinic_id, p_appointment_id, v_appointment.patient_id, v_appointment.version, slots_json(v_slots));
  perform audit(p_sub, p_role, 'cancel', 'appointment', p_appointment_id, v_appointment.clinic_id,
    array['status', 'cancelled_by', 'cancellation_reason'], p_request_id);
  return json_build_object('outcome', 'done', 'appointment', appointment_json(p_appointment_id));
end $$;
comment on function try_cancel(text, text, uuid, text, text) is
  'The cancellation itself, for a caller whose rights are checked. Locks, in the order of every command: patient, slots, appointment. Each '
  'slot becomes what its release_to says. A repeat of the same request finds that it has been done.';

create or replace function cancel_appointment(
  p_appointment_id uuid, p_sub text, p_groups text[], p_reason text, p_key text, p_request_hash text, p_request_id text,
  out answer json, out replayed boolean, out request_id text)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_route constant text := 'POST /appointments/' || p_appointment_id || '/cancel';
  v_role text;
begin
  replayed := false;
  request_id := p_request_id;
  -- The right comes before everything, also before the answer to a repeat: who was dismissed gets none.
  select case
      when a.patient_id = (select patient_id from actor(p_sub, p_groups)) then 'patient'
      when actor_manages_clinic(p_sub, p_groups, a.clinic_id) then 'admin'
    end
  into v_role
  from appointments a where a.id = p_appointment_id;
  if v_role is null then
    answer := json_build_object('outcome', 'not_found', 'field', 'appointmentId');
    return;
  end if;

  select c.answer, c.replayed, c.request_id into answer, replayed, request_id
  from begin_command(p_sub, v_route, p_key, p_request_hash, p_request_id) c;
  if answer is not null then
    return;
  end if;
  answer := try_cancel(p_sub, v_role, p_appointment_id, p_reason, p_request_id);
  perform end_command(p_sub, v_route, p_key, answer);
end $$;
comment on function cancel_appointment(uuid, text, text[], text, text, text, text) is
  'Cancels a pending or booked appointment for its patient, until the clinic''s cut-off before the start, or for an admin of its clinic, '
  'after the cut-off only with a reason. Outcomes: done, illegal_transition (from, to), too_late_to_cancel (value in minutes), not_found, '
  'idempotency_key_reused.';
revoke execute on function cancel_appointment(uuid, text, text[], text, text, text, text) from public;
grant execute on function cancel_appointment(uuid, text, text[], text, text, text, text) to patient_api;
