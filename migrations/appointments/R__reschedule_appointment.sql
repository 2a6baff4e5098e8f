create or replace function try_reschedule(
  p_appointment appointments, p_to_status text, p_now timestamptz, p_role text, p_request jsonb, p_request_id text,
  out refusal json, out slots uuid[], out fields text[])
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_slot_id constant uuid := p_request ->> 'slotId';
  v_field constant text := case when v_slot_id is null then 'startTime' else 'slotId' end;
  v_cutoff_minutes constant integer := violated_cutoff_minutes(p_appointment, p_now, p_role, p_request ->> 'reason');
  v_clinic_id constant uuid := p_appointment.clinic_id;
  v_slot_count constant integer := p_appointment.slot_count;
  v_doctor_id uuid := p_request ->> 'doctorId';
  v_start_time timestamptz := p_request ->> 'startTime';
  v_specialization text;
  v_claimed_ids uuid[];
  v_constraint text;
begin
  fields := '{}';
  if v_slot_id is not null then
    select start_time, doctor_id into v_start_time, v_doctor_id from availability_slots where id = v_slot_id and clinic_id = v_clinic_id;
  end if;
  refusal := case
    when v_start_time is null then json_build_object('outcome', 'not_found', 'field', 'slotId')
    when v_slot_id is null and v_doctor_id is not null
      and not exists (select from doctors where id = v_doctor_id and clinic_id = v_clinic_id and active) then
      json_build_object('outcome', 'not_found', 'field', 'doctorId')
    when v_cutoff_minutes is not null then json_build_object('outcome', 'too_late_to_reschedule', 'value', v_cutoff_minutes)
  end;
  if refusal is not null or (v_start_time = p_appointment.start_time and coalesce(v_doctor_id, p_appointment.doctor_id) = p_appointment.doctor_id) then
    return;
  end if;
  refusal := start_time_refusal(v_clinic_id, p_role, v_start_time, v_field, p_now);
  if refusal is not null then
    return;
  end if;
  select specialization into v_specialization from doctors where id = p_appointment.doctor_id;

  -- A separate block (savepoint), which is rolled back as a whole: an appointment that cannot be rescheduled keeps its slots.
  begin
    -- Released first, so that the new time may overlap the old one.
    slots := release_slots(p_appointment.id);
    select claimed into v_claimed_ids
    from claim_slots(v_clinic_id, coalesce(v_doctor_id, p_appointment.doctor_id), null, v_start_time, v_slot_id, v_slot_count, p_now, p_request_id);
    if v_claimed_ids is null and v_doctor_id is null then
      select claimed into v_claimed_ids
      from claim_slots(v_clinic_id, null, v_specialization, v_start_time, null, v_slot_count, p_now, p_request_id);
    end if;
    if v_claimed_ids is null then
      refusal := json_build_object('outcome', unavailability_reason(
          v_clinic_id, v_doctor_id, case when v_doctor_id is null then v_specialization end, v_start_time, v_slot_id, v_slot_count, p_now),
        'field', v_field, 'rule', 'slot', 'value', v_slot_count);
      raise exception using errcode = 'MB002', message = 'no slots to move to';
    end if;
    update availability_slots set status = 'booked', version = version + 1 where id = any (v_claimed_ids);
    update appointments set
      status = p_to_status,
      doctor_id = (select doctor_id from availability_slots where id = v_claimed_ids[1]),
      start_time = v_start_time,
      end_time = (select end_time from availability_slots where id = v_claimed_ids[v_slot_count]),
      reschedule_reason = p_request ->> 'reason',
      scheduled_at = p_now,
      conflict_id = null,
      version = version + 1
    where id = p_appointment.id;
    insert into appointment_slots (appointment_id, slot_id) select p_appointment.id, unnest(v_claimed_ids);
    slots := slots || v_claimed_ids;
    fields := array['doctor_id', 'start_time', 'end_time'] || case when p_request ->> 'reason' is null then '{}' else array['reschedule_reason'] end;
  exception
    when sqlstate 'MB002' then
      null;
    when exclusion_violation then
      get stacked diagnostics v_constraint = constraint_name;
      if v_constraint <> 'appointments_no_overlap' then
        raise;
      end if;
      refusal := json_build_object('outcome', 'patient_busy');
  end;
end $$;
comment on function try_reschedule(appointments, text, timestamptz, text, jsonb, text) is
  'Moves an appointment as p_request says: to a slotId, or to a startTime with its doctorId; without a doctorId with the same doctor if '
  'possible, else with any of the same specialization. All or nothing; the same start and doctor change nothing. Refusals: '
  'too_late_to_reschedule (value in minutes) after the cut-off, for patients and for staff without a reason; not_found (field), '
  'not_bookable, slot_taken, slot_contended, patient_busy. Needs the locks of try_change(); new slots are locked without waiting.';
