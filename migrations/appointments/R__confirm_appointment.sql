create or replace function try_confirm(p_appointment appointments, p_to_status text, out refusal json, out slots uuid[], out fields text[])
language plpgsql
set search_path = public, pg_temp
as $$
begin
  slots := array(select slot_id from appointment_slots where appointment_id = p_appointment.id and active);
  update availability_slots set status = 'booked', held_until = null, version = version + 1 where id = any (slots);
  update appointments set status = p_to_status, expires_at = null, version = version + 1 where id = p_appointment.id;
  fields := array['status', 'expires_at'];
end $$;
comment on function try_confirm(appointments, text) is
  'Books the held slots of an appointment. Needs the locks of try_change(), which has expired the hold if it is past its time.';

create or replace function try_renew(
  p_appointment appointments, p_to_status text, p_now timestamptz, out refusal json, out slots uuid[], out fields text[])
language plpgsql
set search_path = public, pg_temp
as $$
declare v_expires_at timestamptz;
begin
  if p_appointment.renewed then
    refusal := json_build_object('outcome', 'already_renewed', 'value', to_utc_text(p_appointment.expires_at));
    return;
  end if;
  v_expires_at := hold_expiry(p_appointment.clinic_id, p_appointment.start_time, p_now);
  slots := array(select slot_id from appointment_slots where appointment_id = p_appointment.id and active);
  update availability_slots set held_until = v_expires_at, version = version + 1 where id = any (slots);
  update appointments set status = p_to_status, expires_at = v_expires_at, renewed = true, version = version + 1 where id = p_appointment.id;
  fields := array['expires_at', 'renewed'];
end $$;
comment on function try_renew(appointments, text, timestamptz) is
  'Restarts the time of a hold, once. Refusal: already_renewed (value: when it expires, UTC). Needs the locks of try_change().';
