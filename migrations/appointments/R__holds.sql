create or replace function expire_locked_holds(p_appointment_ids uuid[], p_now timestamptz, p_request_id text) returns integer
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_expired_ids uuid[];
  v_slot_ids uuid[];
  v_appointment_ids uuid[];
begin
  with expired as (
    update appointments a set status = transition.to_status, conflict_id = null, version = a.version + 1
    from appointment_transitions() transition
    where transition.command = 'expire' and a.status = transition.from_status
      and a.id = any (p_appointment_ids) and a.expires_at <= p_now
    returning a.id
  )
  select array_agg(id) into v_expired_ids from expired;
  if v_expired_ids is null then
    return 0;
  end if;
  with released as (
    update appointment_slots set active = false where appointment_id = any (v_expired_ids) and active returning slot_id, appointment_id
  )
  select array_agg(slot_id), array_agg(appointment_id) into v_slot_ids, v_appointment_ids from released;
  update availability_slots set status = status_when_released, held_until = null, version = version + 1 where id = any (v_slot_ids);
  perform request_planning(v_slot_ids);
  perform resolve_conflicts(v_expired_ids, 'cancelled', 'system', p_now);
  -- Uses the claims just released, because no index contains inactive claims.
  insert into outbox (kind, clinic_id, appointment_id, patient_id, version, request_id, slots)
  select transition.event, a.clinic_id, a.id, a.patient_id, a.version, p_request_id,
    slots_to_json(array(select released.slot_id from unnest(v_slot_ids, v_appointment_ids) as released (slot_id, claimant) where released.claimant = a.id))
  from appointments a, appointment_transitions() transition
  where a.id = any (v_expired_ids) and transition.command = 'expire'
  order by a.id;
  perform audit('system', 'system', 'expire', 'appointment', a.id, a.clinic_id, array['status'], p_request_id)
  from appointments a where a.id = any (v_expired_ids);
  return cardinality(v_expired_ids);
end $$;
comment on function expire_locked_holds(uuid[], timestamptz, text) is
  'Expires those of these appointments that are holds past their time: sets their slots to status_when_released and writes outbox and '
  'audit_log. The caller has locked the appointments and their slots. Returns how many expired.';

create or replace function try_expire_holds(p_appointment_ids uuid[], p_now timestamptz, p_request_id text) returns integer
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_slot_ids uuid[];
  v_hold_ids uuid[];
begin
  v_slot_ids := array(
    select id from availability_slots
    where id in (select slot_id from appointment_slots where appointment_id = any (p_appointment_ids) and active)
    order by start_time, doctor_id, seat
    for no key update skip locked);
  v_hold_ids := array(
    select a.id from appointments a
    where a.id = any (p_appointment_ids)
      and not exists (
        select from appointment_slots claims
        where claims.appointment_id = a.id and claims.active and claims.slot_id <> all (v_slot_ids))
    order by a.id
    for no key update skip locked);
  return expire_locked_holds(v_hold_ids, p_now, p_request_id);
end $$;
comment on function try_expire_holds(uuid[], timestamptz, text) is
  'Locks these appointments and their slots, then expires the holds as expire_locked_holds(). Never waits: an appointment that another '
  'transaction has locked, in whole or in part, is skipped. Returns how many expired.';

create or replace function expire_holds_on_slots(p_slot_ids uuid[], p_now timestamptz, p_request_id text) returns boolean
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_hold_ids uuid[] := array(
    select distinct claims.appointment_id
    from availability_slots slots
    join appointment_slots claims on claims.slot_id = slots.id and claims.active
    where slots.id = any (p_slot_ids) and slots.status = 'held');
begin
  return v_hold_ids = '{}' or try_expire_holds(v_hold_ids, p_now, p_request_id) = cardinality(v_hold_ids);
end $$;
comment on function expire_holds_on_slots(uuid[], timestamptz, text) is
  'Expires the holds on these slots, which are past their time and locked by the caller. False if one of them could not be expired now, '
  'because another transaction has locked the appointment or another of its slots.';

create or replace function lock_for_command(p_patient_id uuid, p_appointment_id uuid, p_request_id text) returns timestamptz
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_appointment_ids uuid[];
  v_now timestamptz;
begin
  perform from patients where id = p_patient_id for no key update;
  -- All holds of the patient, because any of them may expire while this waits.
  v_appointment_ids := array(
    select id from appointments where patient_id = p_patient_id and status = 'pending'
    union
    select p_appointment_id where p_appointment_id is not null);
  if v_appointment_ids = '{}' then
    return clock();
  end if;
  perform from availability_slots
    where id in (select slot_id from appointment_slots where appointment_id = any (v_appointment_ids) and active)
    order by start_time, doctor_id, seat
    for no key update;
  perform from appointments where id = any (v_appointment_ids) order by id for no key update;
  v_now := clock();
  perform expire_locked_holds(v_appointment_ids, v_now, p_request_id);
  return v_now;
end $$;
comment on function lock_for_command(uuid, uuid, text) is
  'Takes the locks of every command in the same order: the patient; the slots of the appointment (if there is one) together with those of '
  'the patient''s holds; these appointments. Then expires the holds that are past their time. Returns the instant that the command uses: '
  'it is read after all waiting, so a hold that expired meanwhile cannot be confirmed.';

create or replace function expire_holds(p_limit integer, p_request_id text) returns integer
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_now constant timestamptz := clock();
begin
  return try_expire_holds(
    array(select id from appointments where status = 'pending' and expires_at <= v_now order by expires_at limit p_limit), v_now, p_request_id);
end $$;
comment on function expire_holds(integer, text) is
  'Expires up to p_limit holds that are past their time, the oldest first, and returns how many. Never waits, and runs may overlap. All '
  'other functions treat such a hold as expired already; only the index and the notifications depend on this one.';
revoke execute on function expire_holds(integer, text) from public;
grant execute on function expire_holds(integer, text) to expire_holds;
