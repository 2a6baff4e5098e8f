-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function claim_slots(
  p_clinic_id uuid, p_doctor_id uuid, p_specialization text, p_start_time timestamptz, p_slot_id uuid, p_slot_count integer,
  p_now timestamptz, p_request_id text, out claimed uuid[], out skipped_doctors integer)
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_day_start timestamptz;
  v_day_end timestamptz;
  v_doctor_id uuid;
  v_slot availability_slots;
  v_next_start_time timestamptz;
  v_end_times timestamptz[];
begin
  skipped_doctors := 0;
  select date_trunc('day', p_start_time, time_zone), ((p_start_time at time zone time_zone)::date + 1)::timestamp at time zone time_zone
    into v_day_start, v_day_end from clinics where id = p_clinic_id;
  for v_doctor_id in
    select offered.doctor_id
    from availability_slots offered
    join doctors on doctors.id = offered.doctor_id and doctors.active
    where offered.clinic_id = p_clinic_id
      and offered.start_time = p_start_time
      and is_free(offered.status, offered.held_until, offered.status_when_released, p_now)
      and (p_doctor_id is null or offered.doctor_id = p_doctor_id)
      and (p_specialization is null or lower(doctors.specialization) = lower(p_specialization))
    group by offered.doctor_id
    order by (
      select count(*) from availability_slots booked
      where booked.doctor_id = offered.doctor_id
        and booked.start_time >= v_day_start and booked.start_time < v_day_end
        and booked.status <> 'withdrawn' and (booked.status = 'booked' or booked.status = 'held' and booked.held_until > p_now)
    ), offered.doctor_id
  loop
    -- A separate block (savepoint): its rollback releases the locks if there are too few consecutive slots.
    begin
      claimed := '{}';
      v_next_start_time := p_start_time;
      if p_slot_count > 1 then
        v_end_times := consecutive_end_times(v_doctor_id, p_start_time, p_slot_id, p_slot_count, p_now);
      end if;
      for v_position in 1 .. p_slot_count loop
        select * into v_slot
        from availability_slots
        where doctor_id = v_doctor_id and start_time = v_next_start_time
          and is_free(status, held_until, status_when_released, p_now)
          and (p_slot_id is null or v_position > 1 or id = p_slot_id)
          and (p_slot_count = 1 or end_time = v_end_times[v_position])
        order by status = 'held', seat
        limit 1
        for no key update skip locked;
        if not found then
          raise exception using errcode = 'MB001', message = 'too few consecutive slots';
        end if;
        claimed := claimed || v_slot.id;
        v_next_start_time := v_slot.end_time;
      end loop;
      if not expire_holds_on_slots(claimed, p_now, p_request_id) then
        raise exception using errcode = 'MB001', message = 'another transaction has locked an expired hold';
      end if;
      return;
    exception when sqlstate 'MB001' then
      skipped_doctors := skipped_doctors + 1;
    end;
  end loop;
  claimed := null;
end $$;
comment on function claim_slots(uuid, uuid, text, timestamptz, uuid, integer, timestamptz, text) is
  'Chooses a doctor with p_slot_count consecutive free slots from p_start_time on and locks them. The doctor with the fewest held and '
  'booked slots on that day (in the clinic''s time zone) comes first. Never waits: locked slots are skipped. claimed is null if no doctor '
  'has such slots or other transactions have locked them; skipped_doctors counts the doctors tried without success. A slot whose hold has '
  'expired by p_now is free, and the hold is expired.';

create or replace function consecutive_end_times(
  p_doctor_id uuid, p_start_time timestamptz, p_slot_id uuid, p_slot_count integer, p_now timestamptz) returns timestamptz[]
language sql stable
set search_path = public, pg_temp
as $$
  -- Slots of different seats may differ in length after a change of the slot length, so every end is followed.
  with recursive chain (end_times, end_time) as (
    select array[end_time], end_time
    from availability_slots
    where doctor_id = p_doctor_id and start_time = p_start_time and (p_slot_id is null or id = p_slot_id)
      and is_free(status, held_until, status_when_released, p_now)
    union
    select chain.end_times || s.end_time, s.end_time
    from chain
    join availability_slots s on s.doctor_id = p_doctor_id and s.start_time = chain.end_time
      and is_free(s.status, s.held_until, s.status_when_released, p_now)
    where cardinality(chain.end_times) < p_slot_count
  )
  select end_times from chain where cardinality(end_times) = p_slot_count order by end_times limit 1
$$;
comment on function consecutive_end_times(uuid, timestamptz, uuid, integer, timestamptz) is
  'The ends of p_slot_count consecutive free slots of a doctor from this start (or this slot) on: of those that end the soonest, if there '
  'are several; null if there are none.';

create or replace function unavailability_reason(p_clinic_id uuid, p_doctor_id uuid, p_specialization text, p_start_time timestamptz, p_slot_id uuid, p_slot_count integer, p_now timestamptz)
returns text
language sql stable
set search_path = public, pg_temp
as $$
  with recursive chain (doctor_id, end_time, slots, free) as (
    select s.doctor_id, s.end_time, 1, is_free(s.status, s.held_until, s.status_when_released, p_now)
    from availability_slots s
    join doctors on doctors.id = s.doctor_id and doctors.clinic_id = p_clinic_id and doctors.active
    where s.clinic_id = p_clinic_id and s.start_time = p_start_time
      and s.status <> 'withdrawn' and slot_status(s.status, s.held_until, s.status_when_released) <> 'withdrawn'
      and (p_slot_id is null or s.id = p_slot_id)
      and (p_doctor_id is null or s.doctor_id = p_doctor_id)
      and (p_specialization is null or lower(doctors.specialization) = lower(p_specialization))
    union
    select s.doctor_id, s.end_time, chain.slots + 1, chain.free and is_free(s.status, s.held_until, s.status_when_released, p_now)
    from chain
    join availability_slots s on s.doctor_id = chain.doctor_id and s.start_time = chain.end_time
      and s.status <> 'withdrawn' and slot_status(s.status, s.held_until, s.status_when_released) <> 'withdrawn'
    where chain.slots < p_slot_count
  )
  select case
    when bool_or(free) then 'slot_contended'
    when count(*) > 0 then 'slot_taken'
    else 'not_bookable'
  end
  from chain
  where slots = p_slot_count
$$;
comment on function unavailability_reason(uuid, uuid, text, timestamptz, uuid, integer, timestamptz) is
  'Why claim_slots() found no slots: slot_contended if the committed rows are free (so another transaction has locked them), slot_taken '
  'if they are not, not_bookable if there are no such slots.';
