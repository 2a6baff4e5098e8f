-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function slots_ahead(p_days integer, out free integer, out taken integer)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select coalesce(sum(ahead.free), 0)::integer, coalesce(sum(ahead.taken), 0)::integer
  from (select clock() as now) instant
  cross join doctors
  -- One doctor at a time, because the index begins with the doctor: it reads only the slots that are counted.
  cross join lateral (
    select
      count(*) filter (where status.now = 'free') as free,
      count(*) filter (where status.now in ('held', 'booked')) as taken
    from availability_slots slots
    cross join lateral (select slot_status(slots.status, slots.held_until, slots.status_when_released)) as status (now)
    where slots.doctor_id = doctors.id
      and slots.start_time >= instant.now and slots.start_time < instant.now + make_interval(days => p_days)
      and slots.status <> 'withdrawn'
  ) ahead
  where doctors.active
$$;
comment on function slots_ahead(integer) is
  'How many slots of the next p_days days are free, and how many are held or booked, of all active doctors: numbers for the dashboard, '
  'without personal data.';
revoke execute on function slots_ahead(integer) from public;
grant execute on function slots_ahead(integer) to generate_slots;
