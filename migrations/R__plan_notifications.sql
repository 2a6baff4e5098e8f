create or replace function plan_notifications(p_request_id text, p_limit integer) returns integer
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_rows bigint[] := array(
    select id from outbox
    where published_at is null and (p_request_id is null or request_id = p_request_id)
    order by id limit p_limit
    for no key update skip locked);
begin
  insert into notifications (id, kind, recipient, recipient_id, channel, clinic_id, appointment_id, version, former_start_time, request_id)
  select
    notification_id(told.recipient, told.id, coalesce(outbox.appointment_id, outbox.patient_id), c.kind, channel, outbox.version::text),
    c.kind, told.recipient, told.id, channel, outbox.clinic_id, outbox.appointment_id, outbox.version,
    nullif((outbox.former ->> 'startTime')::timestamptz, a.start_time), outbox.request_id
  from outbox
  join notification_catalogue() c on c.event = outbox.kind and (not c.only_if_booked or outbox.former ->> 'status' = 'booked')
  left join appointments a on a.id = outbox.appointment_id
  cross join lateral (
    select case c.recipient when 'former_doctor' then 'doctor' else c.recipient end as recipient, case c.recipient
      when 'patient' then outbox.patient_id
      when 'doctor' then a.doctor_id
      when 'former_doctor' then nullif((outbox.former ->> 'doctorId')::uuid, a.doctor_id)
      when 'clinic' then outbox.clinic_id
    end as id
  ) told
  cross join unnest(c.channels) channel
  where outbox.id = any (v_rows) and told.id is not null
    and notification_address(told.recipient, told.id, channel) is not null
  on conflict on constraint notifications_pkey do nothing;
  update outbox set published_at = clock() where id = any (v_rows);
  return cardinality(v_rows);
end $$;
comment on function plan_notifications(text, integer) is
  'Writes the notifications of up to p_limit outbox rows (of one request, if p_request_id says so) that have none yet, for whoever has an '
  'address and wants to be told. Answers how many rows: 0 means that there are no more but those that another run is at. Any number of '
  'runs at once: each row is of one.';
revoke execute on function plan_notifications(text, integer) from public;
grant execute on function plan_notifications(text, integer) to notifier, outbox_relay;

create or replace function notifications_of_request(p_request_id text) returns table (id uuid)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select notifications.id from notifications
  where notifications.request_id = p_request_id and (notifications.look_at is not null or notifications.status = 'dead')
  order by notifications.created_at, notifications.id
$$;
comment on function notifications_of_request(text) is 'The notifications of what a request did that are not settled, and those that failed for good: their message belongs among the dead letters, '
  'and may be back from there.';
revoke execute on function notifications_of_request(text) from public;
grant execute on function notifications_of_request(text) to notifier;

create or replace function due_notifications(p_limit integer) returns table (id uuid)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select notifications.id from notifications where look_at <= clock() order by look_at limit p_limit
$$;
comment on function due_notifications(integer) is 'Notifications that belong into the queue: new, postponed until now, or left by a run that ended in the middle.';
revoke execute on function due_notifications(integer) from public;
grant execute on function due_notifications(integer) to outbox_relay;

create or replace function mark_queued(p_ids uuid[]) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set look_at = clock() + interval '15 minutes' where id = any (p_ids) and look_at <= clock()
$$;
comment on function mark_queued(uuid[]) is
  'Notes that these were put into the queue: unless they are settled by then, they are put there again after 15 minutes. To be called after '
  'that is done, because a message too many changes nothing.';
revoke execute on function mark_queued(uuid[]) from public;
grant execute on function mark_queued(uuid[]) to outbox_relay;

create or replace function notification_delays(out unpublished_seconds double precision, out unsent_seconds double precision)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select
    coalesce(extract(epoch from clock() - (select created_at from outbox where published_at is null order by id limit 1)), 0),
    coalesce(extract(epoch from clock() - (
      select min(coalesce(postponed_since, not_before)) from notifications
      where look_at is not null and status in ('pending', 'sending') and coalesce(postponed_since, not_before) <= clock())), 0)
$$;
comment on function notification_delays() is
  'For how many seconds the oldest change has had no notifications written, and the oldest notification that ought to be sent has not been, because nobody '
  'got to it or the provider takes nothing; 0 if there is none.';
revoke execute on function notification_delays() from public;
grant execute on function notification_delays() to outbox_relay;
