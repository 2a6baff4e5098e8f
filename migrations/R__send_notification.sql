create or replace function why_not_tell(p_notification notifications, p_address text, p_now timestamptz) returns text
language sql stable
set search_path = public, pg_temp
as $$
  select case
    when p_address is null then 'no_address'
    when exists (select from blocked_addresses where address = lower(p_address)) then 'address_blocked'
    when p_notification.kind = 'appointment_reminder'
      and not (select notify_reminders from patients where id = p_notification.recipient_id) then 'reminders_off'
    when p_notification.appointment_id is null then null
    when not exists (
      select from appointments a
      where a.id = p_notification.appointment_id and case p_notification.kind
        when 'appointment_held' then appointment_status(a.status, a.expires_at) = 'pending'
        when 'appointment_expired' then a.status = 'expired'
        when 'appointment_cancelled' then a.status = 'cancelled'
        when 'appointment_completed' then a.status = 'completed'
        when 'appointment_reassigned' then a.doctor_id <> p_notification.recipient_id
        when 'appointment_reminder' then a.status = 'booked' and a.start_time > p_now and a.start_time = p_notification.start_time
        else a.status = 'booked' and a.end_time > p_now and (p_notification.recipient <> 'doctor' or a.doctor_id = p_notification.recipient_id)
      end) then 'no_longer_true'
    when p_notification.kind in ('appointment_booked', 'appointment_confirmed', 'appointment_rescheduled') and exists (
      select from notifications later
      where later.appointment_id = p_notification.appointment_id
        and later.recipient_id = p_notification.recipient_id and later.channel = p_notification.channel
        and later.kind = 'appointment_rescheduled' and later.version > p_notification.version) then 'superseded'
  end
$$;
comment on function why_not_tell(notifications, text, timestamptz) is
  'Why a message is not sent any more, null if it is: no_address, address_blocked, reminders_off, no_longer_true (the appointment has become '
  'something else), superseded (by a message about a later change, which says it all).';

create or replace function begin_delivery(p_id uuid, p_token uuid, p_revive boolean) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  c_most_attempts constant integer := 5;
  v_now constant timestamptz := clock();
  v_notification notifications;
  v_address text;
  v_reason text;
  v_quiet timestamptz;
begin
  select * into v_notification from notifications where id = p_id for no key update;
  if v_notification.status = 'dead' and p_revive then
    update notifications set status = 'pending', attempts = 0, losses = 0, postponed_since = null, settled_at = null, not_before = v_now, look_at = v_now
    where id = p_id returning * into v_notification;
  end if;
  if v_notification.status = 'sending' and v_notification.leased_until <= v_now then
    perform record_unknown(p_id, v_notification.lease_token, 'no_record');
    return json_build_object('outcome', 'unknown');
  end if;
  if v_notification.id is null or v_notification.look_at is null then
    return json_build_object('outcome', case v_notification.status when 'dead' then 'dead' else 'settled' end);
  end if;
  if v_notification.lease_token <> p_token and v_notification.leased_until > v_now then
    return json_build_object('outcome', 'busy');
  end if;
  v_quiet := quiet_until(v_notification, v_now);
  if greatest(v_notification.not_before, v_quiet) > v_now then
    update notifications set
      not_before = greatest(not_before, v_quiet), look_at = greatest(not_before, v_quiet),
      postponed_since = case when v_quiet is null then postponed_since end
    where id = p_id;
    return json_build_object('outcome', 'early');
  end if;

  v_address := notification_address(v_notification.recipient, v_notification.recipient_id, v_notification.channel);
  v_reason := why_not_tell(v_notification, v_address, v_now);
  if v_reason is not null then
    update notifications set status = 'suppressed', reason = v_reason, look_at = null, settled_at = v_now, lease_token = null, leased_until = null
    where id = p_id;
    return json_build_object('outcome', 'suppressed');
  end if;
  -- Whoever ended the process each time is not tried for ever.
  if v_notification.attempts >= c_most_attempts and v_notification.lease_token is distinct from p_token then
    update notifications set status = 'dead', look_at = null, settled_at = v_now, lease_token = null, leased_until = null where id = p_id;
    return json_build_object('outcome', 'dead');
  end if;
  update notifications set
    status = 'pending',
    attempts = attempts + (lease_token is distinct from p_token)::integer,
    lease_token = p_token, leased_until = v_now + interval '1 minute', look_at = greatest(look_at, v_now + interval '1 minute')
  where id = p_id returning * into v_notification;
  return json_build_object('outcome', 'begun', 'channel', v_notification.channel, 'to', v_address, 'content', notification_content(v_notification),
    'unsubscribeToken', case when v_notification.recipient = 'patient' then unsubscribe_token(v_notification.recipient_id) end);
end $$;
comment on function begin_delivery(uuid, uuid, boolean) is
  'Takes up a notification for a minute, under p_token, and answers what it says now. Outcomes: begun (channel, to, content, unsubscribeToken: of '
  'messages to patients), settled, suppressed, early (quiet hours or a pause; the relay comes back to it), busy (another run is at it), '
  'unknown (a former run ended between asking the provider and writing down its answer: an e-mail waits for news of it, 15 minutes or longer, and '
  'is then begun again; an SMS is not), dead (after five attempts; with p_revive these begin anew).';
revoke execute on function begin_delivery(uuid, uuid, boolean) from public;
grant execute on function begin_delivery(uuid, uuid, boolean) to notifier;

create or replace function quiet_until(p_notification notifications, p_now timestamptz) returns timestamptz
language sql stable
set search_path = public, pg_temp
as $$
  select upper(quiet_hours(p_now, clinics.time_zone, clinics.quiet_from, clinics.quiet_to))
  from clinics
  where clinics.id = p_notification.clinic_id
    and exists (select from notification_catalogue() c where c.kind = p_notification.kind and c.heeds_quiet_hours)
    -- Late is better than not at all.
    and upper(quiet_hours(p_now, clinics.time_zone, clinics.quiet_from, clinics.quiet_to)) <= coalesce(
      p_notification.start_time, (select start_time from appointments where id = p_notification.appointment_id), 'infinity') - interval '30 minutes'
$$;
comment on function quiet_until(notifications, timestamptz) is
  'Until when a message has to wait because people are not disturbed for it at this hour; null: it has not.';

create or replace function notification_content(p_notification notifications) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select json_strip_nulls(json_build_object(
    'kind', p_notification.kind,
    'recipient', p_notification.recipient,
    'recipientName', coalesce(patients.name, doctors.name, clinics.name),
    'language', coalesce(patients.language, clinics.language, 'en'),
    'clinic', clinic_facts(p_notification.clinic_id),
    'appointment', appointment_facts(p_notification.appointment_id),
    'formerStartTime', utc_text(p_notification.former_start_time)
  ))
  from (select) notification
  left join patients on p_notification.recipient = 'patient' and patients.id = p_notification.recipient_id
  left join doctors on p_notification.recipient = 'doctor' and doctors.id = p_notification.recipient_id
  left join clinics on clinics.id = p_notification.clinic_id
$$;
comment on function notification_content(notifications) is 'All that a message says, as it is at this moment: the type Content of the notifier.';

create or replace function claim_sending(p_id uuid, p_token uuid, p_version integer) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_now constant timestamptz := clock();
begin
  update notifications n set status = 'sending', leased_until = v_now + interval '1 minute', look_at = v_now + interval '1 minute'
  where n.id = p_id and n.lease_token = p_token and n.status = 'pending'
    and why_not_tell(n, notification_address(n.recipient, n.recipient_id, n.channel), v_now) is null
    and (n.appointment_id is null or p_version = (appointment_facts(n.appointment_id) ->> 'version')::integer);
  return found;
end $$;
comment on function claim_sending(uuid, uuid, integer) is
  'The last word before a provider is asked: from here on the message may have been sent. False: it is no longer true, the appointment has '
  'another version than was written about, or another run has taken it up.';
revoke execute on function claim_sending(uuid, uuid, integer) from public;
grant execute on function claim_sending(uuid, uuid, integer) to notifier;
