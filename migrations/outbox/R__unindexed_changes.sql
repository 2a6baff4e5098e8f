-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function changed_slots(p_request_id text, p_clinic_id uuid, p_start_time timestamptz) returns json
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
    select p_clinic_id, slots_to_json(array(select slots_between(p_clinic_id, p_start_time, p_start_time + interval '1 second')))
    where p_start_time is not null
  ) changed
$$;
comment on function changed_slots(text, uuid, timestamptz) is
  'The slots that a request must publish to the index, by clinic: the slots that it changed, in the state after the change, unless they '
  'are indexed already. With p_start_time also the clinic''s current slots at that start: if that time was refused, the index may be '
  'outdated.';
revoke execute on function changed_slots(text, uuid, timestamptz) from public;
grant execute on function changed_slots(text, uuid, timestamptz) to patient_api, staff_api, generate_slots, expire_holds;

create or replace function unindexed_changes(p_after_id bigint, p_limit integer) returns table (id bigint, clinic_id uuid, slots jsonb)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select outbox.id, outbox.clinic_id, outbox.slots
  from outbox
  where outbox.indexed_at is null and outbox.id > p_after_id
  order by outbox.id
  limit p_limit
$$;
comment on function unindexed_changes(bigint, integer) is
  'Up to p_limit outbox rows after p_after_id that are not published to the index. Runs may overlap: to publish a row twice changes '
  'nothing. A run begins at 0, because a row may become visible after one with a higher id.';
revoke execute on function unindexed_changes(bigint, integer) from public;
grant execute on function unindexed_changes(bigint, integer) to outbox_relay;

create or replace function mark_indexed(p_outbox_ids bigint[]) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update outbox set indexed_at = clock() where id = any (p_outbox_ids) and indexed_at is null
$$;
comment on function mark_indexed(bigint[]) is 'Marks these outbox rows as published to the index.';
revoke execute on function mark_indexed(bigint[]) from public;
grant execute on function mark_indexed(bigint[]) to outbox_relay;

create or replace function unindexed_age_seconds() returns double precision
language sql stable security definer
set search_path = public, pg_temp
as $$
  select coalesce(extract(epoch from clock() - created_at), 0)::double precision
  from (select) single_row left join lateral (select created_at from outbox where indexed_at is null order by id limit 1) oldest on true
$$;
comment on function unindexed_age_seconds() is
  'The age in seconds of the oldest change that is not published to the index; 0 if there is none.';
revoke execute on function unindexed_age_seconds() from public;
grant execute on function unindexed_age_seconds() to outbox_relay;
