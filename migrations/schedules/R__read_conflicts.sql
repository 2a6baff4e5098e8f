-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function free_times_of_doctor(
  p_doctor_id uuid, p_patient_id uuid, p_appointment_id uuid, p_from timestamptz, p_to timestamptz, p_slot_count integer, p_limit integer, p_now timestamptz)
returns table (start_time timestamptz, end_time timestamptz)
language plpgsql stable
set search_path = public, pg_temp
as $$
declare
  v_found integer := 0;
begin
  for start_time in
    select distinct s.start_time from availability_slots s
    where s.doctor_id = p_doctor_id and s.start_time >= p_from and s.start_time < p_to
      and is_free(s.status, s.held_until, s.status_when_released, p_now)
    order by s.start_time
  loop
    end_time := (consecutive_end_times(p_doctor_id, start_time, null, p_slot_count, p_now))[p_slot_count];
    continue when end_time is null or exists (
      select from appointments a
      where a.patient_id = p_patient_id and a.id <> p_appointment_id and appointment_status(a.status, a.expires_at) in ('pending', 'booked')
        and tstzrange(a.start_time, a.end_time) && tstzrange(free_times_of_doctor.start_time, free_times_of_doctor.end_time));
    return next;
    v_found := v_found + 1;
    exit when v_found = p_limit;
  end loop;
end $$;
comment on function free_times_of_doctor(uuid, uuid, uuid, timestamptz, timestamptz, integer, integer, timestamptz) is
  'The first p_limit starts of a doctor in [p_from, p_to) with p_slot_count consecutive free slots, at which this patient has no other '
  'appointment than p_appointment_id.';

create or replace function alternatives(p_appointment_id uuid) returns jsonb
language plpgsql stable
set search_path = public, pg_temp
as $$
declare
  c_count constant integer := 3;
  v_now constant timestamptz := clock();
  v_appointment appointments;
  v_clinic clinics;
  v_from timestamptz;
  v_to timestamptz;
begin
  select * into v_appointment from appointments where id = p_appointment_id;
  select * into v_clinic from clinics where id = v_appointment.clinic_id;
  v_from := v_now + make_interval(mins => v_clinic.notice_minutes);
  v_to := v_now + make_interval(days => v_clinic.horizon_days);
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
        'startTime', to_utc_text(chosen.start_time), 'endTime', to_utc_text(chosen.end_time),
        'doctor', jsonb_build_object('id', chosen.doctor_id, 'name', chosen.name))
      order by not chosen.is_same, chosen.start_time, chosen.doctor_id), '[]')
    from (
      select candidates.*,
        -- The last place is for the soonest time of another doctor, if there is one.
        row_number() over (order by case
          when is_same and place < c_count then 1
          when not is_same and place = 1 then 2
          when is_same then 3
          else 4 end, start_time, doctor_id) as choice
      from (
        select found.*, row_number() over (partition by is_same order by found.start_time, found.doctor_id) as place
        from (
          select doctors.id as doctor_id, doctors.name, doctors.id = v_appointment.doctor_id as is_same, times.start_time, times.end_time
          from doctors
          join doctors own on own.id = v_appointment.doctor_id
          cross join lateral free_times_of_doctor(
            doctors.id, v_appointment.patient_id, v_appointment.id, v_from, v_to, v_appointment.slot_count, c_count, v_now) times
          where doctors.clinic_id = v_appointment.clinic_id and doctors.active
            and (doctors.id = own.id or lower(doctors.specialization) = lower(own.specialization))
        ) found
      ) candidates
    ) chosen
    where choice <= c_count);
end $$;
comment on function alternatives(uuid) is
  'Up to three times to which an appointment could be moved now: the soonest of its doctor first, and, if there is one, at least the '
  'soonest of another doctor of the same specialization at the clinic. Not those at which the patient has another appointment, nor those '
  'before the clinic''s notice or after its horizon: [{ startTime, endTime, doctor: { id, name } }].';

create or replace function read_conflicts(
  p_sub text, p_groups text[], p_clinic_id uuid, p_doctor_id uuid, p_after_start_time timestamptz, p_after_id uuid, p_limit integer, p_request_id text)
returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_role constant text := schedule_role(p_sub, p_groups, p_doctor_id);
  v_conflicts json;
begin
  if not manages_schedule(p_sub, p_groups, p_clinic_id, p_doctor_id) then
    return null;
  end if;
  with page as (
    select conflict.id, conflict.start_time, conflict.opened_at, conflict.appointment_id, conflict.clinic_id
    from schedule_conflicts conflict
    join appointments a on a.id = conflict.appointment_id
    where conflict.resolution is null
      and (p_doctor_id is null or conflict.doctor_id = p_doctor_id) and (p_clinic_id is null or conflict.clinic_id = p_clinic_id)
      and appointment_status(a.status, a.expires_at) in ('pending', 'booked') and a.end_time > clock()
      and (p_after_start_time is null or (conflict.start_time, conflict.id) > (p_after_start_time, p_after_id))
    order by conflict.start_time, conflict.id
    limit p_limit + 1
  ), audited as (
    insert into audit_log (actor_sub, actor_role, action, entity, entity_id, clinic_id, request_id)
    select p_sub, v_role, 'read', 'appointment', page_rows.appointment_id, page_rows.clinic_id, p_request_id
    from (select page.* from page order by page.start_time, page.id limit p_limit) page_rows
  )
  select coalesce(json_agg(json_build_object(
      'id', page.id, 'openedAt', to_utc_text(page.opened_at), 'appointment', appointment_json(page.appointment_id),
      'patient', (select json_build_object('id', patients.id, 'name', patients.name)
        from appointments a join patients on patients.id = a.patient_id where a.id = page.appointment_id),
      'alternatives', alternatives(page.appointment_id))
    order by page.start_time, page.id), '[]')
  into v_conflicts
  from page;
  return v_conflicts;
end $$;
comment on function read_conflicts(text, text[], uuid, uuid, timestamptz, uuid, integer, text) is
  'The open conflicts of a doctor or of a clinic by the start of their appointments, each with its alternatives. A page of p_limit rows, '
  'and one more if there is another page. Null if the caller may not manage the schedule. Writes an audit_log row for each appointment.';
revoke execute on function read_conflicts(text, text[], uuid, uuid, timestamptz, uuid, integer, text) from public;
grant execute on function read_conflicts(text, text[], uuid, uuid, timestamptz, uuid, integer, text) to staff_api;
