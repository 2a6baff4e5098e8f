create or replace function settle_holds(p_appointment_ids uuid[], p_now timestamptz, p_request_id text) returns integer
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_expired uuid[];
  v_slots uuid[];
  v_claimants uuid[];
begin
  with expired as (
    update appointments a set status = move.to_status, version = a.version + 1
    from lifecycle() move
    where move.command = 'expire' and a.status = move.from_status
      and a.id = any (p_appointment_ids) and a.expires_at <= p_now
    returning a.id
  )
  select array_agg(id) into v_expired from expired;
  if v_expired is null then
    return 0;
  end if;
  with released as (
    update appointment_slots set active = false where appointment_id = any (v_expired) and active returning slot_id, appointment_id
  )
  select array_agg(slot_id), array_agg(appointment_id) into v_slots, v_claimants from released;
  update availability_slots set status = release_to, held_until = null, version = version + 1 where id = any (v_slots);
  -- From what was just released, because no index has the claims that are over.
  insert into outbox (kind, clinic_id, appointment_id, patient_id, version, request_id, slots)
  select move.event, a.clinic_id, a.id, a.patient_id, a.version, p_request_id,
    slots_json(array(select released.slot_id from unnest(v_slots, v_claimants) as released (slot_id, claimant) where released.claimant = a.id))
  from appointments a, lifecycle() move
  where a.id = any (v_expired) and move.command = 'expire'
  order by a.id;
  perform audit('system', 'system', 'expire', 'appointment', a.id, a.clinic_id, array['status'], p_request_id)
  from appointments a where a.id = any (v_expired);
  return cardinality(v_expired);
end $$;
comment on function settle_holds(uuid[], timestamptz, text) is
  'Writes down of these appointments, whose slots and rows the caller has locked, that their holds have expired, where they have: slots '
  'become what their release_to says, the outbox and the audit are told. Answers how many.';

create or replace function settle_unlocked_holds(p_appointment_ids uuid[], p_now timestamptz, p_request_id text) returns integer
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_slots uuid[];
  v_holds uuid[];
begin
  v_slots := array(
    select id from availability_slots
    where id in (select slot_id from appointment_slots where appointment_id = any (p_appointment_ids) and active)
    order by start_time, doctor_id, seat
    for no key update skip locked);
  v_holds := array(
    select a.id from appointments a
    where a.id = any (p_appointment_ids)
      and not exists (
        select from appointment_slots claims
        where claims.appointment_id = a.id and claims.active and claims.slot_id <> all (v_slots))
    order by a.id
    for no key update skip locked);
  return settle_holds(v_holds, p_now, p_request_id);
end $$;
comment on function settle_unlocked_holds(uuid[], timestamptz, text) is
  'settle_holds() for somebody else''s, of which nothing is locked yet. Never waits: what another has locked, in whole or in part, is left to them.';

create or replace function settle_holds_on(p_slot_ids uuid[], p_now timestamptz, p_request_id text) returns boolean
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_holds uuid[] := array(
    select distinct claims.appointment_id
    from availability_slots slots
    join appointment_slots claims on claims.slot_id = slots.id and claims.active
    where slots.id = any (p_slot_ids) and slots.status = 'held');
begin
  return v_holds = '{}' or settle_unlocked_holds(v_holds, p_now, p_request_id) = cardinality(v_holds);
end $$;
comment on function settle_holds_on(uuid[], timestamptz, text) is
  'Settles the expired holds on slots that the caller has locked in order to take them. False: one of them cannot be settled at this instant, '
  'because its owner or a rival is at it.';

create or replace function lock_for_command(p_patient_id uuid, p_appointment_id uuid, p_request_id text) returns timestamptz
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_concerned uuid[];
  v_now timestamptz;
begin
  perform from patients where id = p_patient_id for no key update;
  -- All the patient's holds, because one that lives yet may expire while this waits.
  v_concerned := array(
    select id from appointments where patient_id = p_patient_id and status = 'pending'
    union
    select p_appointment_id where p_appointment_id is not null);
  if v_concerned = '{}' then
    return clock();
  end if;
  perform from availability_slots
    where id in (select slot_id from appointment_slots where appointment_id = any (v_concerned) and active)
    order by start_time, doctor_id, seat
    for no key update;
  perform from appointments where id = any (v_concerned) order by id for no key update;
  v_now := clock();
  perform settle_holds(v_concerned, v_now, p_request_id);
  return v_now;
end $$;
comment on function lock_for_command(uuid, uuid, text) is
  'Takes the locks of every command in their one order: the patient, then the slots of the appointment (if it is about one) together with '
  'those of the patient''s holds, then these appointments; and settles the holds that have expired. Answers the instant that the command goes by: '
  'after all waiting, so that nobody confirms a hold that expired while they waited.';

create or replace function expire_holds(p_limit integer, p_request_id text) returns integer
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_now constant timestamptz := clock();
begin
  return settle_unlocked_holds(
    array(select id from appointments where status = 'pending' and expires_at <= v_now order by expires_at limit p_limit), v_now, p_request_id);
end $$;
comment on function expire_holds(integer, text) is
  'Settles up to p_limit holds that have expired, the oldest first, and answers how many. Waits for nobody and may run any number of times '
  'at once. Nothing depends on it but the index and the notices, which hear of an expired hold only when it is settled.';
revoke execute on function expire_holds(integer, text) from public;
grant execute on function expire_holds(integer, text) to expire_holds;
