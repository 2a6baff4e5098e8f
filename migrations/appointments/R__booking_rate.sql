create or replace function count_booking_attempt(p_sub text, p_request_id text, p_bookings_per_minute integer) returns integer
language plpgsql
set search_path = public, pg_temp
as $$
declare
  c_window constant interval := interval '1 minute';
  v_rate booking_rates;
  v_now timestamptz;
begin
  if p_bookings_per_minute is null then
    return null;
  end if;
  -- One statement, so that no row can be purged between finding and locking it.
  insert into booking_rates (caller_sub) values (p_sub)
  on conflict on constraint booking_rates_pkey do update set caller_sub = excluded.caller_sub
  returning * into v_rate;
  if p_request_id = any (v_rate.request_ids) then
    return null;
  end if;
  v_now := clock();
  select coalesce(array_agg(attempt.attempted_at order by position), '{}'), coalesce(array_agg(request_id order by position), '{}')
    into v_rate.attempted_at, v_rate.request_ids
    from unnest(v_rate.attempted_at, v_rate.request_ids) with ordinality as attempt (attempted_at, request_id, position)
    where attempt.attempted_at > v_now - c_window;
  if cardinality(v_rate.attempted_at) >= p_bookings_per_minute then
    -- The seconds until enough attempts have left the window to allow one more.
    return greatest(1, ceil(extract(epoch from v_rate.attempted_at[cardinality(v_rate.attempted_at) - p_bookings_per_minute + 1] + c_window - v_now)));
  end if;
  update booking_rates set attempted_at = v_rate.attempted_at || v_now, request_ids = v_rate.request_ids || p_request_id
  where caller_sub = p_sub;
  return null;
end $$;
comment on function count_booking_attempt(text, text, integer) is
  'Counts a booking attempt of a caller, also if the booking is then refused. Null: the attempt is allowed. Otherwise it exceeds '
  'p_bookings_per_minute (null: no limit) and is not counted, and the result is after how many seconds the next one is allowed. The limit '
  'holds for any minute and across concurrent functions. A request is counted once. Locks the caller''s row, after the idempotency key '
  'and before everything else.';
