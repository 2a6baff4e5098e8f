-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function plan_notifications(p_request_id text, p_limit integer) returns integer
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_outbox_ids bigint[] := array(
    select id from outbox
    where published_at is null and (p_request_id is null or request_id = p_request_id)
    order by id limit p_limit
    for no key update skip locked);
begin
  insert into notifications (id, kind, recipient, recipient_id, channel, clinic_id, appointment_id, version, former_start_time, request_id)
  select
    notification_id(target.recipient, target.id, coalesce(outbox.appointment_id, outbox.patient_id), c.kind, channel, outbox.version::text),
    c.kind, target.recipient, target.id, channel, outbox.clinic_id, outbox.appointment_id, outbox.version,
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
  ) target
  cross join unnest(c.channels) channel
  where outbox.id = any (v_outbox_ids) and target.id is not null
    and notification_address(target.recipient, target.id, channel) is not null
  on conflict on constraint notifications_pkey do nothing;
  update outbox set published_at = clock() where id = any (v_outbox_ids);
  return cardinality(v_outbox_ids);
end $$;
comment on function plan_notifications(text, integer) is
  'Writes the notifications of up to p_limit unpublished outbox rows (null p_request_id: of any request), for recipients who have an '
  'address and want the channel, and marks the rows as published. Returns the number of rows: 0 means that there are none, except those '
  'that another run has locked. Runs may overlap: each row is processed by one of them.';
revoke execute on function plan_notifications(text, integer) from public;
grant execute on function plan_notifications(text, integer) to notifier, outbox_relay;

create or replace function notifications_of_request(p_request_id text) returns table (id uuid)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select notifications.id from notifications
  where notifications.request_id = p_request_id and (notifications.next_attempt_at is not null or notifications.status = 'dead')
  order by notifications.created_at, notifications.id
$$;
comment on function notifications_of_request(text) is
  'The notifications of a request that are not finished, and the dead ones, because their message may be a replayed dead letter.';
revoke execute on function notifications_of_request(text) from public;
grant execute on function notifications_of_request(text) to notifier;

create or replace function due_notifications(p_limit integer) returns table (id uuid)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select notifications.id from notifications where next_attempt_at <= clock() order by next_attempt_at limit p_limit
$$;
comment on function due_notifications(integer) is
  'Up to p_limit notifications to enqueue: new, postponed until now, or left by a run that was interrupted.';
revoke execute on function due_notifications(integer) from public;
grant execute on function due_notifications(integer) to outbox_relay;

create or replace function mark_enqueued(p_notification_ids uuid[]) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set next_attempt_at = clock() + interval '15 minutes' where id = any (p_notification_ids) and next_attempt_at <= clock()
$$;
comment on function mark_enqueued(uuid[]) is
  'Records that these notifications were enqueued: they are due again after 15 minutes, unless they are finished by then. Called after '
  'the message is in the queue, because a duplicate message does no harm.';
revoke execute on function mark_enqueued(uuid[]) from public;
grant execute on function mark_enqueued(uuid[]) to outbox_relay;

create or replace function notification_delays(out unpublished_seconds double precision, out unsent_seconds double precision)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select
    coalesce(extract(epoch from clock() - (select created_at from outbox where published_at is null order by id limit 1)), 0),
    coalesce(extract(epoch from clock() - (
      select min(coalesce(postponed_since, not_before)) from notifications
      where next_attempt_at is not null and status in ('pending', 'sending') and coalesce(postponed_since, not_before) <= clock())), 0)
$$;
comment on function notification_delays() is
  'How long in seconds the oldest change has been waiting for its notifications (unpublished), and the oldest due notification for its '
  'sending (unsent), because no run has processed it or the provider accepts none; 0 if there is none.';
revoke execute on function notification_delays() from public;
grant execute on function notification_delays() to outbox_relay;
