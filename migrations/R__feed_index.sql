create or replace function slots_between(p_clinic_id uuid, p_from timestamptz, p_to timestamptz) returns setof uuid
language sql stable
set search_path = public, pg_temp
as $$
  -- By two indexes, each of a part of the slots.
  select id from availability_slots
  where clinic_id = p_clinic_id and start_time >= p_from and start_time < p_to
    and release_to = 'free' and status in ('free', 'held')
  union all
  select id from availability_slots
  where clinic_id = p_clinic_id and start_time >= p_from and start_time < p_to
    and not (release_to = 'free' and status in ('free', 'held'))
$$;
comment on function slots_between(uuid, timestamptz, timestamptz) is 'The ids of all slots of a clinic that start in [p_from, p_to), whatever their status.';

create or replace function changed_slots(p_request_id text, p_clinic_id uuid, p_start timestamptz) returns json
language sql stable security definer
set search_path = public, pg_temp
as $$
  select coalesce(json_agg(json_build_object('clinicId', changed.clinic_id, 'slots', changed.slots)), '[]')
  from (
    select outbox.clinic_id, jsonb_agg(slot) as slots
    from outbox, jsonb_array_elements(outbox.slots) slot
    where outbox.request_id = p_request_id and outbox.indexed_at is null
    group by outbox.clinic_id
    union all
    select p_clinic_id, slots_json(array(select slots_between(p_clinic_id, p_start, p_start + interval '1 second')))
    where p_start is not null
  ) changed
$$;
comment on function changed_slots(text, uuid, timestamptz) is
  'What a request has to tell the index, by clinic: the slots that it changed, as they were then; and with p_start what the clinic has at that '
  'start now, for a caller who was refused it and so may have seen an index that lags.';
revoke execute on function changed_slots(text, uuid, timestamptz) from public;
grant execute on function changed_slots(text, uuid, timestamptz) to staff_api, generate_slots, expire_holds;

create or replace function unindexed_changes(p_after bigint, p_limit integer) returns table (id bigint, clinic_id uuid, slots jsonb)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select outbox.id, outbox.clinic_id, outbox.slots
  from outbox
  where outbox.indexed_at is null and outbox.id > p_after
  order by outbox.id
  limit p_limit
$$;
comment on function unindexed_changes(bigint, integer) is
  'Outbox rows that the index has not been told of, from p_after on. Several may ask for the same: telling twice changes nothing. A run begins '
  'at 0, because a row may become visible after one with a higher id.';
revoke execute on function unindexed_changes(bigint, integer) from public;
grant execute on function unindexed_changes(bigint, integer) to outbox_relay;

create or replace function mark_indexed(p_ids bigint[]) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update outbox set indexed_at = clock() where id = any (p_ids) and indexed_at is null
$$;
comment on function mark_indexed(bigint[]) is 'Notes that the index was told of these outbox rows.';
revoke execute on function mark_indexed(bigint[]) from public;
grant execute on function mark_indexed(bigint[]) to outbox_relay;

create or replace function unindexed_age() returns double precision
language sql stable security definer
set search_path = public, pg_temp
as $$
  select coalesce(extract(epoch from clock() - created_at), 0)::double precision
  from (select) nobody left join lateral (select created_at from outbox where indexed_at is null order by id limit 1) oldest on true
$$;
comment on function unindexed_age() is 'For how many seconds the oldest change has been waiting for the index; 0 if none is.';
revoke execute on function unindexed_age() from public;
grant execute on function unindexed_age() to outbox_relay;

create or replace function days_to_index() returns table (clinic_id uuid, day date)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select clinics.id, day::date
  from (select clock() as now) instant
  cross join clinics
  cross join generate_series(
    date_trunc('day', instant.now, 'UTC') at time zone 'UTC',
    -- Consecutive slots that begin at the horizon end after it.
    (instant.now + make_interval(days => clinics.horizon_days + 2)) at time zone 'UTC', interval '1 day') day
$$;
comment on function days_to_index() is 'The UTC days on which a clinic can be booked, from today to its horizon and two more: each is a part of the index.';
revoke execute on function days_to_index() from public;
grant execute on function days_to_index() to resync_index;

create or replace function slots_of_day(p_clinic_id uuid, p_day date) returns jsonb
language sql stable security definer
set search_path = public, pg_temp
as $$
  select slots_json(array(
    select slots_between(p_clinic_id, p_day::timestamp at time zone 'UTC', (p_day + 1)::timestamp at time zone 'UTC')))
$$;
comment on function slots_of_day(uuid, date) is 'Every slot of a clinic that starts on this UTC day, whatever its status.';
revoke execute on function slots_of_day(uuid, date) from public;
grant execute on function slots_of_day(uuid, date) to resync_index;

create or replace function is_told_to_index(p_clinic_id uuid, p_day date) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
  select not exists (
    select from outbox, jsonb_array_elements(outbox.slots) slot
    where outbox.indexed_at is null and outbox.clinic_id = p_clinic_id and left(slot ->> 'start', 10) = p_day::text)
$$;
comment on function is_told_to_index(uuid, date) is 'Whether the relay has told the index of every change of the slots that start on a clinic''s UTC day.';
revoke execute on function is_told_to_index(uuid, date) from public;
grant execute on function is_told_to_index(uuid, date) to resync_index;
