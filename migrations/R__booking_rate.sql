create or replace function count_booking(p_sub text, p_request_id text, p_per_minute integer) returns integer
language plpgsql
set search_path = public, pg_temp
as $$
declare
  c_window constant interval := interval '1 minute';
  v_rate booking_rates;
  v_now timestamptz;
begin
  if p_per_minute is null then
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
  select coalesce(array_agg(at order by place), '{}'), coalesce(array_agg(request_id order by place), '{}')
    into v_rate.tried_at, v_rate.request_ids
    from unnest(v_rate.tried_at, v_rate.request_ids) with ordinality as try (at, request_id, place)
    where at > v_now - c_window;
  if cardinality(v_rate.tried_at) >= p_per_minute then
    -- When so many of them are a minute old that there is room for one more.
    return greatest(1, ceil(extract(epoch from v_rate.tried_at[cardinality(v_rate.tried_at) - p_per_minute + 1] + c_window - v_now)));
  end if;
  update booking_rates set tried_at = v_rate.tried_at || v_now, request_ids = v_rate.request_ids || p_request_id
  where caller_sub = p_sub;
  return null;
end $$;
comment on function count_booking(text, text, integer) is
  'Counts a try to book, whatever becomes of it, and never more than p_per_minute in any minute of a caller (null: no limit), however many '
  'functions ask at once. Null: go on. Otherwise after how many seconds there is room. The same request is counted once. Locks the caller''s '
  'row, after the idempotency key and before everything else.';
