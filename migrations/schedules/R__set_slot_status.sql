-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function set_slot_status(
  p_sub text, p_groups text[], p_slot_id uuid, p_status text, p_exception_id uuid, p_dry_run boolean, p_request_id text)
returns jsonb
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_slot availability_slots;
  v_result jsonb;
begin
  select * into v_slot from availability_slots where id = p_slot_id;
  if actor_manages_doctor(p_sub, p_groups, v_slot.doctor_id) is not true then
    return jsonb_build_object('outcome', 'not_found', 'field', 'slotId');
  end if;
  perform lock_schedule(null, v_slot.doctor_id);
  select * into v_slot from availability_slots where id = p_slot_id;
  if v_slot.status = 'withdrawn' or slot_status(v_slot.status, v_slot.held_until, v_slot.status_when_released) = 'withdrawn' then
    return jsonb_build_object('outcome', 'not_found', 'field', 'slotId');
  elsif v_slot.start_time <= clock() then
    return jsonb_build_object('outcome', 'not_bookable', 'field', 'slotId', 'rule', 'past', 'value', to_utc_text(clock()));
  end if;
  begin
    delete from schedule_exceptions
    where doctor_id = v_slot.doctor_id and type = 'blocked' and (start_time, end_time, seat) = (v_slot.start_time, v_slot.end_time, v_slot.seat)
      and p_status = 'free';
    insert into schedule_exceptions (id, clinic_id, doctor_id, type, start_time, end_time, seat)
    select p_exception_id, v_slot.clinic_id, v_slot.doctor_id, 'blocked', v_slot.start_time, v_slot.end_time, v_slot.seat
    where p_status = 'blocked' and not exists (
      select from schedule_exceptions
      where doctor_id = v_slot.doctor_id and type = 'blocked' and (start_time, end_time, seat) = (v_slot.start_time, v_slot.end_time, v_slot.seat));
    v_result := plan_change(array[v_slot.doctor_id], v_slot.start_time, v_slot.end_time, p_request_id);
    select * into v_slot from availability_slots where id = p_slot_id;
    if p_status = 'free' and v_slot.status_when_released in ('blocked', 'holiday') then
      raise exception using errcode = 'MB004', message = 'another exception closes the slot';
    end if;
    v_result := v_result || jsonb_build_object('outcome', 'done', 'slot', jsonb_build_object(
      'id', v_slot.id, 'doctorId', v_slot.doctor_id, 'startTime', to_utc_text(v_slot.start_time), 'endTime', to_utc_text(v_slot.end_time),
      'seat', v_slot.seat, 'status', slot_status(v_slot.status, v_slot.held_until, v_slot.status_when_released)));
    perform audit(p_sub, schedule_role(p_sub, p_groups, v_slot.doctor_id), 'set_slot_status', 'slot', p_slot_id, v_slot.clinic_id, array['status'], p_request_id);
    perform raise_if_dry_run(p_dry_run);
  exception
    when sqlstate 'MB003' then
      null;
    when sqlstate 'MB004' then
      v_result := jsonb_build_object('outcome', 'closed_by_exception');
  end;
  return v_result;
end $$;
comment on function set_slot_status(text, text[], uuid, text, uuid, boolean, text) is
  'Blocks a single future slot (p_status blocked), or offers it again (free). A block is an exception of its own, with the id '
  'p_exception_id, so that it outlasts changes of the hours. A booked slot stays booked and becomes a conflict. p_dry_run and locks: as '
  'add_schedule_exception(). Outcomes: done (slot, slotsCreated, slotsWithdrawn, slotsClosed, conflicts), also if nothing had to change; '
  'not_found (slotId), not_bookable (rule past), closed_by_exception (free: a holiday or a longer block covers the slot).';
revoke execute on function set_slot_status(text, text[], uuid, text, uuid, boolean, text) from public;
grant execute on function set_slot_status(text, text[], uuid, text, uuid, boolean, text) to staff_api;
