create or replace function local_time_to_instant(p_local_time timestamp, p_time_zone text) returns timestamptz
language sql stable strict
as $$
  select case
    when local.instant at time zone p_time_zone = p_local_time then local.instant
    -- PostgreSQL would add the length of the gap instead, and the instant could be later than that of a later local time.
    else (
      select min(minute)
      from generate_series(local.instant - (local.instant at time zone p_time_zone - p_local_time), local.instant, interval '1 minute') minute
      where minute at time zone p_time_zone >= p_local_time)
  end
  from (select p_local_time at time zone p_time_zone as instant) local
$$;
comment on function local_time_to_instant(timestamp, text) is
  'The instant at which the clocks of a time zone show a local time: the later one if they show it twice, the instant of the clock change '
  'if they skip it. So an earlier local time is never a later instant.';
