create or replace function purge(p_limit integer) returns integer
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := clock();
  v_key_count integer;
  v_rate_count integer;
  v_change_count integer;
begin
  delete from idempotency_keys where (caller_sub, route, key) in (
    select caller_sub, route, key from idempotency_keys
    where created_at < v_now - interval '7 days' order by created_at limit p_limit for update skip locked);
  get diagnostics v_key_count = row_count;
  delete from booking_rates where caller_sub in (
    select caller_sub from booking_rates
    where attempted_at[cardinality(attempted_at)] < v_now - interval '1 day' limit p_limit for update skip locked);
  get diagnostics v_rate_count = row_count;
  delete from outbox where id in (
    select id from outbox
    where indexed_at is not null and published_at is not null and created_at < v_now - interval '7 days'
    order by id limit p_limit for update skip locked);
  get diagnostics v_change_count = row_count;
  return v_key_count + v_rate_count + v_change_count;
end $$;
comment on function purge(integer) is
  'Deletes old rows, at most p_limit of each kind: idempotency keys after 7 days, the booking attempts of a caller one day after the last '
  'one, outbox rows after 7 days if they are indexed and published. Skips locked rows. Returns how many it deleted: 0 means that there '
  'are no more.';
revoke execute on function purge(integer) from public;
grant execute on function purge(integer) to housekeeping;
