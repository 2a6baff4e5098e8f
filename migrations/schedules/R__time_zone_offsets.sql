-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function time_zone_offsets()
returns table (time_zone text, start_time timestamptz, end_time timestamptz, offset_minutes integer)
language sql stable security definer
set search_path = public, pg_temp
as $$
  with zones as (
    select clinics.time_zone, date_trunc('hour', clock(), 'UTC') as now, make_interval(days => max(clinics.horizon_days)) as horizon
    from clinics
    group by clinics.time_zone
  ), hours as (
    select zones.time_zone, hour, zones.now + zones.horizon as horizon_end,
      (extract(epoch from hour at time zone zones.time_zone - hour at time zone 'UTC') / 60)::integer as offset_minutes
    from zones
    cross join lateral generate_series(zones.now, zones.now + zones.horizon, interval '1 hour') hour
  ), changes as (
    select hours.*, lag(hours.offset_minutes) over (partition by hours.time_zone order by hours.hour) as former_minutes
    from hours
  )
  select changes.time_zone, changes.hour,
    lead(changes.hour, 1, changes.horizon_end) over (partition by changes.time_zone order by changes.hour), changes.offset_minutes
  from changes
  where changes.former_minutes is distinct from changes.offset_minutes
$$;
comment on function time_zone_offsets() is
  'The offsets from UTC in the time zones of all clinics, from this hour to the furthest horizon of the zone: one row for each period '
  '[start_time, end_time) with the same offset. Slots are planned with these offsets; the functions render times with those of Node.js.';
revoke execute on function time_zone_offsets() from public;
grant execute on function time_zone_offsets() to generate_slots;
