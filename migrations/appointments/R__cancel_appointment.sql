-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function try_cancel(
  p_appointment appointments, p_to_status text, p_now timestamptz, p_role text, p_reason text,
  out refusal json, out slots uuid[], out fields text[])
language plpgsql
set search_path = public, pg_temp
as $$
declare v_cutoff_minutes constant integer := violated_cutoff_minutes(p_appointment, p_now, p_role, p_reason);
begin
  -- A hold can be cancelled at any time: the cut-off is only for booked appointments.
  if p_appointment.status = 'booked' and v_cutoff_minutes is not null then
    refusal := json_build_object('outcome', 'too_late_to_cancel', 'value', v_cutoff_minutes);
    return;
  end if;
  slots := release_slots(p_appointment.id);
  update appointments set
    status = p_to_status,
    cancelled_by = case p_role when 'patient' then 'patient' else 'clinic' end,
    cancellation_reason = p_reason,
    conflict_id = null,
    version = version + 1
  where id = p_appointment.id;
  fields := array['status', 'cancelled_by'] || case when p_reason is null then '{}' else array['cancellation_reason'] end;
end $$;
comment on function try_cancel(appointments, text, timestamptz, text, text) is
  'Cancels an appointment and releases its slots. Refusal: too_late_to_cancel (value in minutes) after the clinic''s cut-off, for '
  'patients and for staff without a reason. Needs the locks of try_change().';
