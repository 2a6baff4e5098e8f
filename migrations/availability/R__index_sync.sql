-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function days_to_index() returns table (clinic_id uuid, day date)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select clinics.id, day::date
  from (select clock() as now) instant
  cross join clinics
  cross join generate_series(
    date_trunc('day', instant.now, 'UTC') at time zone 'UTC',
    -- The last of several consecutive slots may begin after the horizon.
    (instant.now + make_interval(days => clinics.horizon_days + 2)) at time zone 'UTC', interval '1 day') day
$$;
comment on function days_to_index() is
  'The UTC days on which a clinic can be booked, from today to two days after its horizon. Each day of a clinic is a part of the index.';
revoke execute on function days_to_index() from public;
grant execute on function days_to_index() to resync_index;

create or replace function slots_of_day(p_clinic_id uuid, p_day date) returns jsonb
language sql stable security definer
set search_path = public, pg_temp
as $$
  select slots_to_json(array(
    select slots_between(p_clinic_id, p_day::timestamp at time zone 'UTC', (p_day + 1)::timestamp at time zone 'UTC')))
$$;
comment on function slots_of_day(uuid, date) is
  'All slots of a clinic that start on this UTC day, with any status, as slots_to_json() builds them.';
revoke execute on function slots_of_day(uuid, date) from public;
grant execute on function slots_of_day(uuid, date) to resync_index;

create or replace function is_index_current(p_clinic_id uuid, p_day date) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
  select not exists (
    select from outbox, jsonb_array_elements(outbox.slots) slot
    where outbox.indexed_at is null and outbox.clinic_id = p_clinic_id and left(slot ->> 'startTime', 10) = p_day::text)
$$;
comment on function is_index_current(uuid, date) is
  'Whether every change of the slots that start on this UTC day of a clinic is published to the index.';
revoke execute on function is_index_current(uuid, date) from public;
grant execute on function is_index_current(uuid, date) to resync_index;
