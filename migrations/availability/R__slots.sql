-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function is_free(p_status text, p_held_until timestamptz, p_status_when_released text, p_now timestamptz) returns boolean
language sql immutable
as $$ select p_status_when_released = 'free' and (p_status = 'free' or (p_status = 'held' and p_held_until <= p_now)) $$;
comment on function is_free(text, timestamptz, text, timestamptz) is
  'Whether a slot can be claimed: it is offered, and it is free or its hold has expired by p_now. The planner inlines it, so the index '
  'availability_slots_offered serves it.';
grant execute on function is_free(text, timestamptz, text, timestamptz) to availability_api;

create or replace function slot_status(p_status text, p_held_until timestamptz, p_status_when_released text) returns text
language sql stable
as $$ select case when p_status = 'held' and p_held_until <= clock() then p_status_when_released else p_status end $$;
comment on function slot_status(text, timestamptz, text) is
  'The effective status of a slot: from the end of its hold on it is status_when_released, also before a transaction has released the '
  'slot.';

create or replace function slots_to_json(p_slot_ids uuid[]) returns jsonb
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', id, 'doctorId', doctor_id, 'startTime', to_utc_text(start_time), 'endTime', to_utc_text(end_time), 'seat', seat,
    'status', status, 'version', version, 'heldUntil', to_utc_text(held_until)
  ) order by start_time, doctor_id, seat), '[]')
  from availability_slots
  where id = any (p_slot_ids)
$$;
comment on function slots_to_json(uuid[]) is
  'The slots as an outbox row and the free-slot index contain them, by start. Instants are in UTC.';

create or replace function slots_between(p_clinic_id uuid, p_from timestamptz, p_to timestamptz) returns setof uuid
language sql stable
set search_path = public, pg_temp
as $$
  -- Two queries, because two partial indexes cover the slots.
  select id from availability_slots
  where clinic_id = p_clinic_id and start_time >= p_from and start_time < p_to
    and status_when_released = 'free' and status in ('free', 'held')
  union all
  select id from availability_slots
  where clinic_id = p_clinic_id and start_time >= p_from and start_time < p_to
    and not (status_when_released = 'free' and status in ('free', 'held'))
$$;
comment on function slots_between(uuid, timestamptz, timestamptz) is
  'The ids of all slots of a clinic that start in [p_from, p_to), with any status.';
