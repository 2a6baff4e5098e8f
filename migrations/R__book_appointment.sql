create or replace function try_booking(
  p_appointment_id uuid, p_sub text, p_role text, p_patient_id uuid, p_clinic_id uuid, p_doctor_id uuid, p_specialization text,
  p_start timestamptz, p_slot_id uuid, p_count integer, p_type text, p_reason text, p_hold boolean, p_request_id text)
returns json
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := lock_for_command(p_patient_id, null, p_request_id);
  v_field constant text := case when p_slot_id is null then 'startTime' else 'slotId' end;
  v_refusal json;
  v_claimed uuid[];
  v_passed_over integer;
  v_doctor_id uuid;
  v_end timestamptz;
  v_expires_at timestamptz;
  v_constraint text;
begin
  if exists (select from appointments where id = p_appointment_id and patient_id = p_patient_id) then
    return json_build_object('outcome', 'done', 'appointment', appointment_json(p_appointment_id));
  end if;
  v_refusal := coalesce(
    refused_start(p_clinic_id, p_role, p_start, v_field, v_now),
    refused_patient(p_clinic_id, p_role, p_patient_id, p_hold, v_now));
  if v_refusal is not null then
    return v_refusal;
  end if;

  select claimed, passed_over into v_claimed, v_passed_over
  from claim_slots(p_clinic_id, p_doctor_id, p_specialization, p_start, p_slot_id, p_count, v_now, p_request_id);
  if v_claimed is null then
    return json_build_object('outcome', why_no_slots(p_clinic_id, p_doctor_id, p_specialization, p_start, p_slot_id, p_count, v_now),
      'field', v_field, 'rule', 'slot', 'value', p_count);
  end if;

  -- A block of its own, so that a refusal by a constraint undoes the change and can still be kept as this command's answer.
  begin
    if p_hold then
      v_expires_at := hold_end(p_clinic_id, p_start, v_now);
    end if;
    update availability_slots set
      status = case when p_hold then 'held' else 'booked' end,
      held_until = v_expires_at,
      version = version + 1
    where id = any (v_claimed);
    select doctor_id into v_doctor_id from availability_slots where id = v_claimed[1];
    select end_time into v_end from availability_slots where id = v_claimed[p_count];
    insert into appointments (id, clinic_id, doctor_id, patient_id, status, start_time, end_time, slot_count, type, reason, expires_at)
    values (p_appointment_id, p_clinic_id, v_doctor_id, p_patient_id, case when p_hold then 'pending' else 'booked' end,
      p_start, v_end, p_count, p_type, p_reason, v_expires_at);
    insert into appointment_slots (appointment_id, slot_id) select p_appointment_id, unnest(v_claimed);
  exception when exclusion_violation then
    get stacked diagnostics v_constraint = constraint_name;
    if v_constraint <> 'appointments_no_overlap' then
      raise;
    end if;
    return json_build_object('outcome', 'patient_busy');
  end;

  insert into outbox (kind, clinic_id, appointment_id, patient_id, slots, request_id)
  values (case when p_hold then 'appointment_held' else 'appointment_booked' end,
    p_clinic_id, p_appointment_id, p_patient_id, slots_json(v_claimed), p_request_id);
  perform audit(p_sub, p_role, case when p_hold then 'hold' else 'book' end, 'appointment', p_appointment_id, p_clinic_id, '{}', p_request_id);
  return json_build_object('outcome', 'done', 'appointment', appointment_json(p_appointment_id), 'passedOver', v_passed_over);
end $$;
comment on function try_booking(uuid, text, text, uuid, uuid, uuid, text, timestamptz, uuid, integer, text, text, boolean, text) is
  'The booking itself, for a caller whose rights are checked. Locks, in the order of every command: patient, slots, appointment.';

create or replace function book_appointment(
  p_appointment_id uuid, p_sub text, p_groups text[], p_patient_id uuid, p_clinic_id uuid, p_doctor_id uuid, p_specialization text,
  p_start timestamptz, p_slot_id uuid, p_count integer, p_type text, p_reason text, p_hold boolean,
  p_key text, p_request_hash text, p_request_id text, p_per_minute integer, out answer json, out replayed boolean, out request_id text, out changed json)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  c_route constant text := 'POST /appointments';
  v_actor record;
  v_slot availability_slots;
  v_clinic_id uuid := p_clinic_id;
  v_start timestamptz := p_start;
  v_patient_id uuid := p_patient_id;
  v_role text;
  v_missing text;
  v_seconds integer;
begin
  replayed := false;
  request_id := p_request_id;
  if p_slot_id is not null then
    select * into v_slot from availability_slots where id = p_slot_id;
    v_clinic_id := v_slot.clinic_id;
    v_start := v_slot.start_time;
  end if;

  -- The right comes before everything, also before the answer to a repeat: who was dismissed gets none.
  select * into v_actor from actor(p_sub, p_groups);
  if p_patient_id is null or p_patient_id = v_actor.patient_id then
    v_role := 'patient';
    v_patient_id := v_actor.patient_id;
  else
    v_role := case when v_actor.is_admin then 'admin' when v_actor.doctor_id is not null then 'doctor' end;
  end if;
  answer := case
    when v_role is null then json_build_object('outcome', 'not_found', 'field', 'patientId')
    when v_role = 'patient' and v_patient_id is not null then null
    when v_role = 'patient' and (v_actor.is_admin or v_actor.doctor_id is not null) then json_build_object('outcome', 'patient_id_required')
    when v_role = 'patient' then json_build_object('outcome', 'forbidden')
    when coalesce(actor_manages_clinic(p_sub, p_groups, v_clinic_id) or v_actor.doctor_clinic_id = v_clinic_id, false) then null
    else json_build_object('outcome', 'not_found', 'field', case when p_slot_id is null then 'clinicId' else 'slotId' end)
  end;
  if answer is not null then
    return;
  end if;

  select c.answer, c.replayed, c.request_id into answer, replayed, request_id
  from begin_command(p_sub, c_route, p_key, p_request_hash, p_request_id) c;
  if answer is not null then
    -- Its own repeat tells what the first try could not.
    changed := changed_slots(p_request_id, null, null);
    return;
  end if;

  v_seconds := count_booking(p_sub, p_request_id, p_per_minute);
  v_missing := case
    when p_slot_id is not null and v_slot.id is null then 'slotId'
    when not exists (select from clinics where id = v_clinic_id) then 'clinicId'
    when p_doctor_id is not null
      and not exists (select from doctors where id = p_doctor_id and clinic_id = v_clinic_id and active) then 'doctorId'
    when v_role <> 'patient' and not exists (select from patients where id = p_patient_id and active
      and (v_actor.is_admin and v_actor.admin_clinic_id is null or patient_of_clinic(id, v_clinic_id))) then 'patientId'
  end;
  answer := case
    when v_seconds is not null then json_build_object('outcome', 'rate_limited', 'value', p_per_minute, 'seconds', v_seconds)
    when v_missing is not null then json_build_object('outcome', 'not_found', 'field', v_missing)
    else try_booking(p_appointment_id, p_sub, v_role, v_patient_id, v_clinic_id, p_doctor_id, p_specialization,
      v_start, p_slot_id, p_count, p_type, p_reason, p_hold, p_request_id)
  end;
  perform end_command(p_sub, c_route, p_key, answer);
  changed := changed_slots(p_request_id, v_clinic_id, case when answer ->> 'outcome' = 'slot_taken' then v_start end);
end $$;
comment on function book_appointment(uuid, text, text[], uuid, uuid, uuid, text, timestamptz, uuid, integer, text, text, boolean, text, text, text, integer) is
  'Books p_count consecutive slots of one doctor, in one transaction: at p_start with any doctor, with p_doctor_id, or from p_slot_id on. '
  'A caller acts as the patient, or with p_patient_id as the staff of the clinic for a patient whom the clinic knows. Outcomes: done, '
  'slot_taken, slot_contended (locked by a rival this instant: ask again), patient_busy, not_bookable (rule and value), too_many_holds, '
  'too_many_appointments and too_many_no_shows (value), rate_limited (value, seconds), not_found (field), forbidden, patient_id_required, '
  'idempotency_key_reused. changed: what the index is to be told. With p_hold the slots are only held, until the appointment''s expires_at. The caller names the new appointment, so that a repeat after a lost connection '
  'finds what the first try did.';
revoke execute on function book_appointment(uuid, text, text[], uuid, uuid, uuid, text, timestamptz, uuid, integer, text, text, boolean, text, text, text, integer) from public;
grant execute on function book_appointment(uuid, text, text[], uuid, uuid, uuid, text, timestamptz, uuid, integer, text, text, boolean, text, text, text, integer) to patient_api;
