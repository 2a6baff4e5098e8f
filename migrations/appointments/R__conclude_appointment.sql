create or replace function try_conclude(
  p_appointment appointments, p_to_status text, p_now timestamptz, out refusal json, out slots uuid[], out fields text[])
language plpgsql
set search_path = public, pg_temp
as $$
begin
  if p_now < p_appointment.start_time then
    refusal := json_build_object('outcome', 'too_early', 'value', to_utc_text(p_appointment.start_time));
    return;
  end if;
  update appointments set status = p_to_status, conflict_id = null, version = version + 1 where id = p_appointment.id;
  fields := array['status'];
end $$;
comment on function try_conclude(appointments, text, timestamptz) is
  'Completes an appointment whose start has come, or records that the patient did not come. Its slots stay booked. Refusal: too_early '
  '(value: the start, UTC). Needs the locks of try_change().';
