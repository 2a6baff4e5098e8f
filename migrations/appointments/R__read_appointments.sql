create or replace function read_appointments(
  p_sub text, p_groups text[], p_appointment_id uuid, p_statuses text[], p_from timestamptz, p_to timestamptz,
  p_after_start_time timestamptz, p_after_id uuid, p_limit integer, p_request_id text)
returns table (id uuid, start_time timestamptz, appointment json)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_actor record;
begin
  select * into v_actor from actor(p_sub, p_groups);
  return query
    with page as (
      select a.id, a.start_time, a.clinic_id, a.patient_id
      from appointments a
      where (a.patient_id = v_actor.patient_id
          or a.doctor_id = v_actor.doctor_id
          or (v_actor.is_admin and (v_actor.admin_clinic_id is null or a.clinic_id = v_actor.admin_clinic_id)))
        and (p_appointment_id is null or a.id = p_appointment_id)
        and (p_statuses is null or appointment_status(a.status, a.expires_at) = any (p_statuses))
        and (p_from is null or a.start_time >= p_from)
        and (p_to is null or a.start_time < p_to)
        and (p_after_start_time is null or (a.start_time, a.id) > (p_after_start_time, p_after_id))
      order by a.start_time, a.id
      limit p_limit + 1
    ), audited as (
      insert into audit_log (actor_sub, actor_role, action, entity, entity_id, clinic_id, request_id)
      select p_sub, case when v_actor.is_admin then 'admin' else 'doctor' end, 'read', 'appointment', page_rows.id, page_rows.clinic_id, p_request_id
      from (select page.* from page order by page.start_time, page.id limit p_limit) page_rows
      where page_rows.patient_id is distinct from v_actor.patient_id
    )
    select page.id, page.start_time, appointment_json(page.id)
    from page
    order by page.start_time, page.id;
end $$;
comment on function read_appointments(text, text[], uuid, text[], timestamptz, timestamptz, timestamptz, uuid, integer, text) is
  'The appointments that the caller may see, by start: as a patient or a doctor their own, as an admin those of the clinic (of all '
  'clinics for a platform admin). A page of p_limit rows, and one more if there is another page. With p_appointment_id only that '
  'one, or none. Writes an audit_log row for each appointment of another person that is read.';
revoke execute on function read_appointments(text, text[], uuid, text[], timestamptz, timestamptz, timestamptz, uuid, integer, text) from public;
grant execute on function read_appointments(text, text[], uuid, text[], timestamptz, timestamptz, timestamptz, uuid, integer, text) to patient_api;
