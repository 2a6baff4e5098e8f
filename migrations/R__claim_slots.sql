create or replace function is_free(p_status text, p_held_until timestamptz, p_release_to text, p_now timestamptz) returns boolean
language sql immutable
as $$ select p_release_to = 'free' and (p_status = 'free' or (p_status = 'held' and p_held_until <= p_now)) $$;
comment on function is_free(text, timestamptz, text, timestamptz) is
  'Whether a slot can be taken: offered, and free or held until an instant that has come. The planner puts it into the statement, so the '
  'index availability_slots_offered serves it.';
grant execute on function is_free(text, timestamptz, text, timestamptz) to availability_api;

create or replace function claim_slots(
  p_clinic_id uuid, p_doctor_id uuid, p_specialization text, p_start timestamptz, p_slot_id uuid, p_count integer,
  p_now timestamptz, p_request_id text, out claimed uuid[], out passed_over integer)
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_day_start timestamptz;
  v_day_end timestamptz;
  v_doctor_id uuid;
  v_slot availability_slots;
  v_next timestamptz;
begin
  passed_over := 0;
  select date_trunc('day', p_start, time_zone), ((p_start at time zone time_zone)::date + 1)::timestamp at time zone time_zone
    into v_day_start, v_day_end from clinics where id = p_clinic_id;
  for v_doctor_id in
    select offered.doctor_id
    from availability_slots offered
    join doctors on doctors.id = offered.doctor_id and doctors.active
    where offered.clinic_id = p_clinic_id
      and offered.start_time = p_start
      and is_free(offered.status, offered.held_until, offered.release_to, p_now)
      and (p_doctor_id is null or offered.doctor_id = p_doctor_id)
      and (p_specialization is null or lower(doctors.specialization) = lower(p_specialization))
    group by offered.doctor_id
    order by (
      select count(*) from availability_slots taken
      where taken.doctor_id = offered.doctor_id
        and taken.start_time >= v_day_start and taken.start_time < v_day_end
        and taken.status <> 'withdrawn' and (taken.status = 'booked' or taken.status = 'held' and taken.held_until > p_now)
    ), offered.doctor_id
  loop
    -- A block of its own: leaving it by an error gives back the locks of a chain that came out too short.
    begin
      claimed := '{}';
      v_next := p_start;
      for v_place in 1 .. p_count loop
        select * into v_slot
        from availability_slots
        where doctor_id = v_doctor_id and start_time = v_next
          and is_free(status, held_until, release_to, p_now)
          and (p_slot_id is null or v_place > 1 or id = p_slot_id)
        order by status = 'held', seat
        limit 1
        for no key update skip locked;
        if not found then
          raise exception using errcode = 'MB001', message = 'chain too short';
        end if;
        claimed := claimed || v_slot.id;
        v_next := v_slot.end_time;
      end loop;
      if not settle_holds_on(claimed, p_now, p_request_id) then
        raise exception using errcode = 'MB001', message = 'an expired hold is being settled by another';
      end if;
      return;
    exception when sqlstate 'MB001' then
      passed_over := passed_over + 1;
    end;
  end loop;
  claimed := null;
end $$;
comment on function claim_slots(uuid, uuid, text, timestamptz, uuid, integer, timestamptz, text) is
  'Chooses a doctor who has p_count consecutive free slots from p_start, the least booked that day (in the clinic''s zone) first, and '
  'locks them; claimed is null if nobody has, or if rivals hold the locks; passed_over counts the doctors tried before. A slot whose hold '
  'has expired by p_now is free, and the hold is settled. Never waits: what a rival has locked is passed over.';

create or replace function why_no_slots(p_clinic_id uuid, p_doctor_id uuid, p_specialization text, p_start timestamptz, p_slot_id uuid, p_count integer, p_now timestamptz)
returns text
language sql stable
set search_path = public, pg_temp
as $$
  with recursive chain (doctor_id, end_time, slots, free) as (
    select s.doctor_id, s.end_time, 1, is_free(s.status, s.held_until, s.release_to, p_now)
    from availability_slots s
    join doctors on doctors.id = s.doctor_id and doctors.active
    where s.clinic_id = p_clinic_id and s.start_time = p_start
      and s.status <> 'withdrawn' and slot_status(s.status, s.held_until, s.release_to) <> 'withdrawn'
      and (p_slot_id is null or s.id = p_slot_id)
      and (p_doctor_id is null or s.doctor_id = p_doctor_id)
      and (p_specialization is null or lower(doctors.specialization) = lower(p_specialization))
    union
    select s.doctor_id, s.end_time, chain.slots + 1, chain.free and is_free(s.status, s.held_until, s.release_to, p_now)
    from chain
    join availability_slots s on s.doctor_id = chain.doctor_id and s.start_time = chain.end_time
      and s.status <> 'withdrawn' and slot_status(s.status, s.held_until, s.release_to) <> 'withdrawn'
    where chain.slots < p_count
  )
  select case
    when bool_or(free) then 'slot_contended'
    when count(*) > 0 then 'slot_taken'
    else 'not_bookable'
  end
  from chain
  where slots = p_count
$$;
comment on function why_no_slots(uuid, uuid, text, timestamptz, uuid, integer, timestamptz) is
  'Why claim_slots() found nothing: slot_contended if the committed rows are free (so a rival has them locked this instant), slot_taken if '
  'they are not, not_bookable if no such slots exist.';
