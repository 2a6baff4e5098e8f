create or replace function purge(p_limit integer) returns integer
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := clock();
  v_keys integer;
  v_rates integer;
  v_changes integer;
begin
  delete from idempotency_keys where (caller_sub, route, key) in (
    select caller_sub, route, key from idempotency_keys
    where created_at < v_now - interval '7 days' order by created_at limit p_limit for update skip locked);
  get diagnostics v_keys = row_count;
  delete from booking_rates where caller_sub in (
    select caller_sub from booking_rates
    where tried_at[cardinality(tried_at)] < v_now - interval '1 day' limit p_limit for update skip locked);
  get diagnostics v_rates = row_count;
  delete from outbox where id in (
    select id from outbox
    where indexed_at is not null and published_at is not null and created_at < v_now - interval '7 days'
    order by id limit p_limit for update skip locked);
  get diagnostics v_changes = row_count;
  return v_keys + v_rates + v_changes;
end $$;
comment on function purge(integer) is
  'Deletes what has served its time, at most p_limit rows of each kind: idempotency keys after 7 days, the tries to book of a caller after one, '
  'after 7 the changes that the index and the notifications have taken up. '
  'Answers how many: 0 means that there is nothing more.';
revoke execute on function purge(integer) from public;
grant execute on function purge(integer) to housekeeping;
