create or replace function record_sent(p_id uuid, p_token uuid, p_provider_id text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set
    status = 'sent', provider_id = p_provider_id, reason = null, postponed_since = null, look_at = null, settled_at = coalesce(settled_at, clock()),
    lease_token = null, leased_until = null
  where id = p_id and lease_token = p_token and status in ('sending', 'unknown', 'sent')
$$;
comment on function record_sent(uuid, uuid, text) is 'Notes that the provider has taken the message, under this id of its own.';
revoke execute on function record_sent(uuid, uuid, text) from public;
grant execute on function record_sent(uuid, uuid, text) to notifier;

create or replace function record_postponed(p_id uuid, p_token uuid, p_reason text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set
    status = 'pending', reason = p_reason, attempts = attempts - 1, postponements = postponements + 1,
    not_before = pause.ends, look_at = pause.ends, postponed_since = coalesce(postponed_since, clock()), lease_token = null, leased_until = null
  from (
    select clock() + least(30 * power(2, least(postponements, 10)), 900) * (0.5 + random() / 2) * interval '1 second' as ends
    from notifications where id = p_id
  ) pause
  where id = p_id and lease_token = p_token and status in ('pending', 'sending')
$$;
comment on function record_postponed(uuid, uuid, text) is
  'Notes that the provider takes nothing at this time, which is no fault of the message: it is tried again after 30 seconds and then ever '
  'later, up to 15 minutes, each somewhat less at random.';
revoke execute on function record_postponed(uuid, uuid, text) from public;
grant execute on function record_postponed(uuid, uuid, text) to notifier;

create or replace function record_failed(p_id uuid, p_token uuid, p_reason text) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_status text;
begin
  update notifications set
    status = case when attempts < 5 then 'pending' else 'dead' end,
    reason = p_reason, postponed_since = null,
    look_at = case when attempts < 5 then clock() + interval '15 minutes' end,
    settled_at = case when attempts >= 5 then clock() end,
    lease_token = null, leased_until = null
  where id = p_id and lease_token = p_token and status in ('pending', 'sending')
  returning status into v_status;
  return coalesce(v_status = 'dead', false);
end $$;
comment on function record_failed(uuid, uuid, text) is
  'Notes that the message could not be made, or that the provider has refused it for good. The queue brings it again; true: not any more, it '
  'was the fifth time.';
revoke execute on function record_failed(uuid, uuid, text) from public;
grant execute on function record_failed(uuid, uuid, text) to notifier;

create or replace function record_unknown(p_id uuid, p_token uuid, p_reason text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set
    status = 'unknown', reason = p_reason, losses = losses + 1, postponed_since = null,
    not_before = clock() + wait,
    look_at = case channel when 'email' then clock() + wait end,
    settled_at = case channel when 'sms' then clock() end,
    lease_token = null, leased_until = null
  from (select interval '15 minutes' * power(2, least(losses, 4)) as wait from notifications where id = p_id) waiting
  where id = p_id and lease_token = p_token and status = 'sending'
$$;
comment on function record_unknown(uuid, uuid, text) is
  'Notes that nobody can tell whether the provider has taken the message. Of an e-mail it may tell us yet, and after 15 minutes it is sent '
  'again, after twice as long each time; an SMS is not, because twice is worse.';
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
comment on function block_address(text, text) is 'Nothing is sent to this address or number any more, by whomever it is used. False: it was so already.';
revoke execute on function block_address(text, text) from public;
grant execute on function block_address(text, text) to notifier, mail_events;

create or replace function record_mail_event(p_id uuid, p_provider_id text, p_feedback text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
  update notifications set
    status = case when status = 'suppressed' then status else 'sent' end,
    provider_id = coalesce(provider_id, p_provider_id),
    -- Events come in any order, and the worst that is told stays.
    feedback = case
      when coalesce(array_position(severities, p_feedback), 0) >= coalesce(array_position(severities, feedback), 0) then p_feedback
      else feedback end,
    look_at = null, settled_at = coalesce(settled_at, clock())
  from (select array['delivered', 'rejected', 'bounced', 'complained'] as severities) least_first
  where id = p_id
$$;
comment on function record_mail_event(uuid, text, text) is
  'Notes what the provider tells of an e-mail: that it has it, so it is sent, whatever was known of it, and with p_feedback what became of it.';
revoke execute on function record_mail_event(uuid, text, text) from public;
grant execute on function record_mail_event(uuid, text, text) to mail_events;
