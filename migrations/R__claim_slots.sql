create or replace function claim_slots(
  p_clinic_id uuid, p_doctor_id uuid, p_specialization text, p_start timestamptz, p_slot_id uuid, p_count integer,
  out claimed uuid[], out passed_over integer)
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
      and offered.release_to = 'free' and offered.status = 'free'
      and (p_doctor_id is null or offered.doctor_id = p_doctor_id)
      and (p_specialization is null or lower(doctors.specialization) = lower(p_specialization))
    group by offered.doctor_id
    order by (
      select count(*) from availability_slots taken
      where taken.doctor_id = offered.doctor_id
        and taken.start_time >= v_day_start and taken.start_time < v_day_end
        and taken.status <> 'withdrawn' and taken.status in ('held', 'booked')
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
          and release_to = 'free' and status = 'free'
          and (p_slot_id is null or v_place > 1 or id = p_slot_id)
        order by seat
        limit 1
        for no key update skip locked;
        if not found then
          raise exception using errcode = 'MB001', message = 'chain too short';
        end if;
        claimed := claimed || v_slot.id;
        v_next := v_slot.end_time;
      end loop;
      return;
    exception when sqlstate 'MB001' then
      passed_over := passed_over + 1;
    end;
  end loop;
  claimed := null;
end $$;
comment on function claim_slots(uuid, uuid, text, timestamptz, uuid, integer) is
  'Chooses a doctor who has p_count consecutive free slots from p_start, the least booked that day (in the clinic''s zone) first, and '
  'locks them; claimed is null if nobody has, or if rivals hold the locks; passed_over counts the doctors tried before. Never waits: what a rival has locked is passed over. Slots are locked in '
  'the order of their start.';

create or replace function why_no_slots(p_clinic_id uuid, p_doctor_id uuid, p_specialization text, p_start timestamptz, p_slot_id uuid, p_count integer)
returns text
language sql stable
set search_path = public, pg_temp
as $$
  with recursive chain (doctor_id, end_time, slots, free) as (
    select s.doctor_id, s.end_time, 1, s.status = 'free' and s.release_to = 'free'
    from availability_slots s
    join doctors on doctors.id = s.doctor_id and doctors.active
    where s.clinic_id = p_clinic_id and s.start_time = p_start and s.status <> 'withdrawn'
      and (p_slot_id is null or s.id = p_slot_id)
      and (p_doctor_id is null or s.doctor_id = p_doctor_id)
      and (p_specialization is null or lower(doctors.specialization) = lower(p_specialization))
    union
    select s.doctor_id, s.end_time, chain.slots + 1, chain.free and s.status = 'free' and s.release_to = 'free'
    from chain
    join availability_slots s on s.doctor_id = chain.doctor_id and s.start_time = chain.end_time and s.status <> 'withdrawn'
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
comment on function why_no_slots(uuid, uuid, text, timestamptz, uuid, integer) is
  'Why claim_slots() found nothing: slot_contended if the committed rows are free (so a rival has them locked this instant), slot_taken if '
  'they are not, not_bookable if no such slots exist.';
