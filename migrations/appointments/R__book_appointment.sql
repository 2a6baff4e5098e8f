create or replace function try_book(
  p_appointment_id uuid, p_sub text, p_role text, p_patient_id uuid, p_clinic_id uuid, p_start_time timestamptz, p_request jsonb,
  p_request_id text)
returns json
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := lock_for_command(p_patient_id, null, p_request_id);
  v_slot_id constant uuid := p_request ->> 'slotId';
  v_requested_doctor_id constant uuid := p_request ->> 'doctorId';
  v_specialization constant text := p_request ->> 'specialization';
  v_slot_count constant integer := p_request ->> 'slots';
  v_is_hold constant boolean := p_request ->> 'hold';
  v_field constant text := case when v_slot_id is null then 'startTime' else 'slotId' end;
  v_refusal json;
  v_claimed_ids uuid[];
  v_skipped_doctors integer;
  v_doctor_id uuid;
  v_end_time timestamptz;
  v_expires_at timestamptz;
  v_constraint text;
begin
  if exists (select from appointments where id = p_appointment_id and patient_id = p_patient_id) then
    return json_build_object('outcome', 'done', 'appointment', appointment_json(p_appointment_id));
  end if;
  v_refusal := coalesce(
    start_time_refusal(p_clinic_id, p_role, p_start_time, v_field, v_now),
    patient_refusal(p_clinic_id, p_role, p_patient_id, v_is_hold, v_now));
  if v_refusal is not null then
    return v_refusal;
  end if;

  select claimed, skipped_doctors into v_claimed_ids, v_skipped_doctors
  from claim_slots(p_clinic_id, v_requested_doctor_id, v_specialization, p_start_time, v_slot_id, v_slot_count, v_now, p_request_id);
  if v_claimed_ids is null then
    return json_build_object('outcome', unavailability_reason(p_clinic_id, v_requested_doctor_id, v_specialization, p_start_time, v_slot_id, v_slot_count, v_now),
      'field', v_field, 'rule', 'slot', 'value', v_slot_count);
  end if;

  -- A separate block (savepoint), so that a violated constraint undoes the change and the refusal can still be stored as the command's result.
  begin
    if v_is_hold then
      v_expires_at := hold_expiry(p_clinic_id, p_start_time, v_now);
    end if;
    update availability_slots set
      status = case when v_is_hold then 'held' else 'booked' end,
      held_until = v_expires_at,
      version = version + 1
    where id = any (v_claimed_ids);
    select doctor_id into v_doctor_id from availability_slots where id = v_claimed_ids[1];
    select end_time into v_end_time from availability_slots where id = v_claimed_ids[v_slot_count];
    insert into appointments (id, clinic_id, doctor_id, patient_id, status, start_time, end_time, slot_count, type, reason, expires_at)
    values (p_appointment_id, p_clinic_id, v_doctor_id, p_patient_id, case when v_is_hold then 'pending' else 'booked' end,
      p_start_time, v_end_time, v_slot_count, p_request ->> 'type', p_request ->> 'reason', v_expires_at);
    insert into appointment_slots (appointment_id, slot_id) select p_appointment_id, unnest(v_claimed_ids);
  exception when exclusion_violation then
    get stacked diagnostics v_constraint = constraint_name;
    if v_constraint <> 'appointments_no_overlap' then
      raise;
    end if;
    return json_build_object('outcome', 'patient_busy');
  end;

  insert into outbox (kind, clinic_id, appointment_id, patient_id, slots, request_id)
  values (case when v_is_hold then 'appointment_held' else 'appointment_booked' end,
    p_clinic_id, p_appointment_id, p_patient_id, slots_to_json(v_claimed_ids), p_request_id);
  perform audit(p_sub, p_role, case when v_is_hold then 'hold' else 'book' end, 'appointment', p_appointment_id, p_clinic_id, '{}', p_request_id);
  return json_build_object('outcome', 'done', 'appointment', appointment_json(p_appointment_id), 'skippedDoctors', v_skipped_doctors);
end $$;
comment on function try_book(uuid, text, text, uuid, uuid, timestamptz, jsonb, text) is
  'Books or holds slots for a caller whose rights are checked; a retry with the same p_appointment_id returns the existing appointment. '
  'Locks in the order of every command: patient, slots, appointment. Outcomes: as book_appointment().';

create or replace function book_appointment(
  p_appointment_id uuid, p_sub text, p_groups text[], p_request jsonb, p_idempotency_key text, p_request_hash text, p_request_id text,
  p_bookings_per_minute integer, out result json, out replayed boolean, out request_id text, out changed json)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  c_route constant text := 'POST /appointments';
  v_actor record;
  v_slot availability_slots;
  v_slot_id constant uuid := p_request ->> 'slotId';
  v_doctor_id constant uuid := p_request ->> 'doctorId';
  v_clinic_id uuid := p_request ->> 'clinicId';
  v_start_time timestamptz := p_request ->> 'startTime';
  v_patient_id uuid := p_request ->> 'patientId';
  v_role text;
  v_missing_field text;
  v_retry_after_seconds integer;
begin
  replayed := false;
  request_id := p_request_id;
  if v_slot_id is not null then
    select * into v_slot from availability_slots where id = v_slot_id;
    v_clinic_id := v_slot.clinic_id;
    v_start_time := v_slot.start_time;
  end if;

  -- Rights are checked before the idempotency key, so that a deactivated person gets no stored result either.
  select * into v_actor from actor(p_sub, p_groups);
  if v_patient_id is null or v_patient_id = v_actor.patient_id then
    v_role := 'patient';
    v_patient_id := v_actor.patient_id;
  else
    v_role := case when v_actor.is_admin then 'admin' when v_actor.doctor_id is not null then 'doctor' end;
  end if;
  result := case
    when v_role is null then json_build_object('outcome', 'not_found', 'field', 'patientId')
    when v_role = 'patient' and v_patient_id is not null then null
    when v_role = 'patient' and (v_actor.is_admin or v_actor.doctor_id is not null) then
      json_build_object('outcome', 'invalid', 'field', 'patientId', 'value', 'the id of the patient')
    when v_role = 'patient' then json_build_object('outcome', 'forbidden')
    when coalesce(actor_manages_clinic(p_sub, p_groups, v_clinic_id) or v_actor.doctor_clinic_id = v_clinic_id, false) then null
    else json_build_object('outcome', 'not_found', 'field', case when v_slot_id is null then 'clinicId' else 'slotId' end)
  end;
  if result is not null then
    return;
  end if;

  select c.result, c.replayed, c.request_id into result, replayed, request_id
  from begin_command(p_sub, c_route, p_idempotency_key, p_request_hash, p_request_id) c;
  if result is not null then
    -- Our own retry publishes the slots that the first attempt could not publish.
    changed := changed_slots(p_request_id, null, null);
    return;
  end if;

  v_retry_after_seconds := count_booking_attempt(p_sub, p_request_id, p_bookings_per_minute);
  v_missing_field := case
    when v_slot_id is not null and v_slot.id is null then 'slotId'
    when not exists (select from clinics where id = v_clinic_id) then 'clinicId'
    when v_doctor_id is not null
      and not exists (select from doctors where id = v_doctor_id and clinic_id = v_clinic_id and active) then 'doctorId'
    when v_role <> 'patient' and not exists (select from patients where id = v_patient_id and active
      and (v_actor.is_admin and v_actor.admin_clinic_id is null or is_patient_of_clinic(id, v_clinic_id))) then 'patientId'
  end;
  result := case
    when v_retry_after_seconds is not null then json_build_object('outcome', 'rate_limited', 'value', p_bookings_per_minute, 'seconds', v_retry_after_seconds)
    when v_missing_field is not null then json_build_object('outcome', 'not_found', 'field', v_missing_field)
    else try_book(p_appointment_id, p_sub, v_role, v_patient_id, v_clinic_id, v_start_time,
      -- With the doctor of a given slot, so that no other doctor is tried.
      case when v_slot_id is null then p_request else p_request || jsonb_build_object('doctorId', v_slot.doctor_id) end, p_request_id)
  end;
  perform end_command(p_sub, c_route, p_idempotency_key, result);
  changed := changed_slots(p_request_id, v_clinic_id, case when result ->> 'outcome' = 'slot_taken' then v_start_time end);
end $$;
comment on function book_appointment(uuid, text, text[], jsonb, text, text, text, integer) is
  'Books consecutive slots of one doctor, in one transaction. p_request is the body of POST /appointments: slots, at startTime with any '
  'doctor or with doctorId, or from slotId on. With hold the slots are only held, until the appointment''s expires_at. A caller acts as '
  'the patient, or with patientId as staff for a patient of the clinic. The caller of this function passes the new appointment''s id, so that a retry after '
  'a lost connection finds it. Outcomes: done, slot_taken, slot_contended (another transaction has locked the slots: retry), '
  'patient_busy, not_bookable (rule, value), too_many_holds, too_many_appointments and too_many_no_shows (value), rate_limited (value, '
  'seconds), not_found (field), forbidden, invalid (patientId, if staff do not pass it), idempotency_key_reused. changed: the slots to '
  'publish to the index.';
revoke execute on function book_appointment(uuid, text, text[], jsonb, text, text, text, integer) from public;
grant execute on function book_appointment(uuid, text, text[], jsonb, text, text, text, integer) to patient_api;
