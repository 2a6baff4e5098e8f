-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function record_sent(p_notification_id uuid, p_lease_token uuid, p_provider_id text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set
    status = 'sent', provider_id = p_provider_id, reason = null, postponed_since = null, next_attempt_at = null, finished_at = coalesce(finished_at, clock()),
    lease_token = null, leased_until = null
  where id = p_notification_id and lease_token = p_lease_token and status in ('sending', 'unknown', 'sent')
$$;
comment on function record_sent(uuid, uuid, text) is 'Records that the provider accepted the message, with the provider''s own id of it.';
revoke execute on function record_sent(uuid, uuid, text) from public;
grant execute on function record_sent(uuid, uuid, text) to notifier;

create or replace function record_postponed(p_notification_id uuid, p_lease_token uuid, p_reason text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set
    status = 'pending', reason = p_reason, attempts = attempts - 1, postponements = postponements + 1,
    not_before = pause.ends, next_attempt_at = pause.ends, postponed_since = coalesce(postponed_since, clock()), lease_token = null, leased_until = null
  from (
    select clock() + least(30 * power(2, least(postponements, 10)), 900) * (0.5 + random() / 2) * interval '1 second' as ends
    from notifications where id = p_notification_id
  ) pause
  where id = p_notification_id and lease_token = p_lease_token and status in ('pending', 'sending')
$$;
comment on function record_postponed(uuid, uuid, text) is
  'Records that the provider accepts no messages now, which does not count as an attempt. The next attempt is after 30 seconds, doubled '
  'with each postponement up to 15 minutes, less a random part of at most half.';
revoke execute on function record_postponed(uuid, uuid, text) from public;
grant execute on function record_postponed(uuid, uuid, text) to notifier;

create or replace function record_failed(p_notification_id uuid, p_lease_token uuid, p_reason text) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_status text;
begin
  update notifications set
    status = case when attempts < 5 then 'pending' else 'dead' end,
    reason = p_reason, postponed_since = null,
    next_attempt_at = case when attempts < 5 then clock() + interval '15 minutes' end,
    finished_at = case when attempts >= 5 then clock() end,
    lease_token = null, leased_until = null
  where id = p_notification_id and lease_token = p_lease_token and status in ('pending', 'sending')
  returning status into v_status;
  return coalesce(v_status = 'dead', false);
end $$;
comment on function record_failed(uuid, uuid, text) is
  'Records that the message could not be created, or that the provider rejected it permanently. False: the queue retries it. True: this '
  'was the fifth attempt, and the notification is dead.';
revoke execute on function record_failed(uuid, uuid, text) from public;
grant execute on function record_failed(uuid, uuid, text) to notifier;

create or replace function record_unknown(p_notification_id uuid, p_lease_token uuid, p_reason text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set
    status = 'unknown', reason = p_reason, unknown_outcomes = unknown_outcomes + 1, postponed_since = null,
    not_before = clock() + wait,
    next_attempt_at = case channel when 'email' then clock() + wait end,
    finished_at = case channel when 'sms' then clock() end,
    lease_token = null, leased_until = null
  from (select interval '15 minutes' * power(2, least(unknown_outcomes, 4)) as wait from notifications where id = p_notification_id) waiting
  where id = p_notification_id and lease_token = p_lease_token and status = 'sending'
$$;
comment on function record_unknown(uuid, uuid, text) is
  'Records that it is unknown whether the provider accepted the message. An email is sent again after 15 minutes, doubled each time up to '
  '4 hours, unless the provider reports it before then. An SMS is not sent again, because a duplicate is worse than none.';
revoke execute on function record_unknown(uuid, uuid, text) from public;
grant execute on function record_unknown(uuid, uuid, text) to notifier;

create or replace function block_address(p_address text, p_reason text) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  insert into blocked_addresses (address, reason) values (lower(p_address), p_reason) on conflict on constraint blocked_addresses_pkey do nothing;
  return found;
end $$;
comment on function block_address(text, text) is
  'Stops all messages to an email address or phone number, for every recipient who uses it. False if it was blocked already.';
revoke execute on function block_address(text, text) from public;
grant execute on function block_address(text, text) to notifier, email_events;

create or replace function record_email_event(p_notification_id uuid, p_provider_id text, p_feedback text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set
    status = case when status = 'suppressed' then status else 'sent' end,
    provider_id = coalesce(provider_id, p_provider_id),
    -- Events arrive in any order, so the most severe one is kept.
    feedback = case
      when coalesce(array_position(severities, p_feedback), 0) >= coalesce(array_position(severities, feedback), 0) then p_feedback
      else feedback end,
    next_attempt_at = null, finished_at = coalesce(finished_at, clock())
  from (select array['delivered', 'rejected', 'bounced', 'complained'] as severities) ranking
  where id = p_notification_id
$$;
comment on function record_email_event(uuid, text, text) is
  'Records an event that the provider reports about an email: the provider has accepted it, so it is sent unless it was suppressed, and '
  'p_feedback, if any, says whether it was delivered, bounced, complained about or rejected.';
revoke execute on function record_email_event(uuid, text, text) from public;
grant execute on function record_email_event(uuid, text, text) to email_events;
