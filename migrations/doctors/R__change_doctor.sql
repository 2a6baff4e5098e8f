-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function change_doctor(p_sub text, p_groups text[], p_doctor_id uuid, p_active boolean, p_dry_run boolean, p_request_id text)
returns jsonb
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_doctor doctors;
  v_result jsonb;
begin
  select * into v_doctor from doctors where id = p_doctor_id;
  if actor_manages_clinic(p_sub, p_groups, v_doctor.clinic_id) is not true or v_doctor.id is null then
    return jsonb_build_object('outcome', 'not_found', 'field', 'doctorId');
  end if;
  perform lock_schedule(null, p_doctor_id);
  select * into v_doctor from doctors where id = p_doctor_id;
  if p_active and v_doctor.cognito_sub is null then
    return jsonb_build_object('outcome', 'invalid', 'field', 'active', 'value', 'false: the doctor has no login yet, repeat the request that added them');
  end if;
  -- A separate block (savepoint), so that a dry run undoes everything.
  begin
    if v_doctor.active <> p_active then
      update doctors set active = p_active where id = p_doctor_id;
      perform audit(p_sub, 'admin', 'change', 'doctor', p_doctor_id, v_doctor.clinic_id, array['active'], p_request_id);
    end if;
    v_result := plan_change(array[p_doctor_id], '-infinity', 'infinity', p_request_id)
      || jsonb_build_object('outcome', 'done', 'doctor', jsonb_build_object('id', p_doctor_id, 'active', p_active));
    perform raise_if_dry_run(p_dry_run);
  exception when sqlstate 'MB003' then
    null;
  end;
  return v_result;
end $$;
comment on function change_doctor(text, text[], uuid, boolean, boolean, text) is
  'Deactivates or activates a doctor, for an admin of the clinic. A deactivated doctor has no access and is not listed; their slots are '
  'withdrawn and their appointments are in conflict, as for an absence without an end. p_dry_run and locks: as add_schedule_exception(). '
  'Outcomes: done (doctor, slotsCreated, slotsWithdrawn, slotsClosed, conflicts), not_found (doctorId), invalid (active, for a doctor '
  'without a login).';
revoke execute on function change_doctor(text, text[], uuid, boolean, boolean, text) from public;
grant execute on function change_doctor(text, text[], uuid, boolean, boolean, text) to staff_api;
