create or replace function read_schedule(
  p_sub text, p_groups text[], p_doctor_id uuid, p_from timestamptz, p_to timestamptz,
  p_after_start_time timestamptz, p_after_id uuid, p_limit integer, p_request_id text)
returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_actor record;
  v_entries json;
begin
  if actor_manages_doctor(p_sub, p_groups, p_doctor_id) is not true then
    return null;
  end if;
  select * into v_actor from actor(p_sub, p_groups);
  with page as (
    select slots.id, slots.start_time, slots.end_time, slots.seat, status.now as status, slots.clinic_id, claims.appointment_id
    from availability_slots slots
    cross join lateral (select slot_status(slots.status, slots.held_until, slots.status_when_released)) as status (now)
    left join appointment_slots claims on claims.slot_id = slots.id and claims.active and status.now in ('held', 'booked')
    where slots.doctor_id = p_doctor_id
      and slots.status <> 'withdrawn' and status.now <> 'withdrawn'
      and slots.start_time >= p_from and slots.start_time < p_to
      and (p_after_start_time is null or (slots.start_time, slots.id) > (p_after_start_time, p_after_id))
    order by slots.start_time, slots.id
    limit p_limit + 1
  ), audited as (
    insert into audit_log (actor_sub, actor_role, action, entity, entity_id, clinic_id, request_id)
    select distinct p_sub, case when v_actor.doctor_id = p_doctor_id then 'doctor' else 'admin' end, 'read', 'appointment',
      page_rows.appointment_id, page_rows.clinic_id, p_request_id
    from (select page.* from page order by page.start_time, page.id limit p_limit) page_rows
    where page_rows.appointment_id is not null
  )
  select coalesce(json_agg(json_strip_nulls(json_build_object(
    'slotId', page.id, 'startTime', to_utc_text(page.start_time), 'endTime', to_utc_text(page.end_time), 'seat', page.seat,
    'status', page.status,
    'appointment', (
      select json_build_object('id', a.id, 'reference', a.reference, 'status', a.status, 'type', a.type, 'reason', a.reason,
        'patient', json_build_object('id', patients.id, 'name', patients.name))
      from appointments a join patients on patients.id = a.patient_id
      where a.id = page.appointment_id))) order by page.start_time, page.id), '[]')
  into v_entries
  from page;
  return v_entries;
end $$;
comment on function read_schedule(text, text[], uuid, timestamptz, timestamptz, timestamptz, uuid, integer, text) is
  'A doctor''s slots by start, without withdrawn ones, each with its appointment and patient. A page of p_limit rows, and one more if '
  'there is another page. Null if the caller may not manage the doctor. Writes an audit_log row for each appointment that is read.';
revoke execute on function read_schedule(text, text[], uuid, timestamptz, timestamptz, timestamptz, uuid, integer, text) from public;
grant execute on function read_schedule(text, text[], uuid, timestamptz, timestamptz, timestamptz, uuid, integer, text) to staff_api;
