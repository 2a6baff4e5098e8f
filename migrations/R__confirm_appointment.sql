create or replace function try_confirm(p_appointment appointments, p_to text, out refusal json, out slots uuid[], out fields text[])
language plpgsql
set search_path = public, pg_temp
as $$
begin
  slots := array(select slot_id from appointment_slots where appointment_id = p_appointment.id and active);
  update availability_slots set status = 'booked', held_until = null, version = version + 1 where id = any (slots);
  update appointments set status = p_to, expires_at = null, version = version + 1 where id = p_appointment.id;
  fields := array['status', 'expires_at'];
end $$;
comment on function try_confirm(appointments, text) is 'Books what is held. Under the locks of try_change(), which has settled the hold if it has expired.';

create or replace function try_renew(
  p_appointment appointments, p_to text, p_now timestamptz, out refusal json, out slots uuid[], out fields text[])
language plpgsql
set search_path = public, pg_temp
as $$
declare v_end timestamptz;
begin
  if p_appointment.renewed then
    refusal := json_build_object('outcome', 'already_renewed', 'value', utc_text(p_appointment.expires_at));
    return;
  end if;
  v_end := hold_end(p_appointment.clinic_id, p_appointment.start_time, p_now);
  slots := array(select slot_id from appointment_slots where appointment_id = p_appointment.id and active);
  update availability_slots set held_until = v_end, version = version + 1 where id = any (slots);
  update appointments set status = p_to, expires_at = v_end, renewed = true, version = version + 1 where id = p_appointment.id;
  fields := array['expires_at', 'renewed'];
end $$;
comment on function try_renew(appointments, text, timestamptz) is 'Lets a hold begin anew, once. Under the locks of try_change().';
