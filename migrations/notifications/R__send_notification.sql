-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function suppression_reason(p_notification notifications, p_address text, p_now timestamptz) returns text
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
        when 'appointment_conflict' then a.status = 'booked' and a.end_time > p_now and a.conflict_id is not null
        when 'appointment_fits_again' then a.status = 'booked' and a.end_time > p_now and a.conflict_id is null and exists (
          select from notifications earlier
          where earlier.appointment_id = a.id and earlier.recipient_id = p_notification.recipient_id and earlier.channel = p_notification.channel
            and earlier.kind = 'appointment_conflict' and earlier.status in ('sending', 'sent', 'unknown'))
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
comment on function suppression_reason(notifications, text, timestamptz) is
  'Why a message must not be sent any more; null if it may: no_address, address_blocked, reminders_off, no_longer_true (the appointment '
  'has changed), superseded (by a message about a later change, which contains everything).';

create or replace function begin_delivery(p_notification_id uuid, p_lease_token uuid, p_is_replay boolean) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  c_max_attempts constant integer := 5;
  v_now constant timestamptz := clock();
  v_notification notifications;
  v_address text;
  v_reason text;
  v_quiet_until timestamptz;
begin
  select * into v_notification from notifications where id = p_notification_id for no key update;
  if v_notification.status = 'dead' and p_is_replay then
    update notifications set status = 'pending', attempts = 0, unknown_outcomes = 0, postponed_since = null, finished_at = null, not_before = v_now, next_attempt_at = v_now
    where id = p_notification_id returning * into v_notification;
  end if;
  if v_notification.status = 'sending' and v_notification.leased_until <= v_now then
    perform record_unknown(p_notification_id, v_notification.lease_token, 'no_record');
    return json_build_object('outcome', 'unknown');
  end if;
  if v_notification.id is null or v_notification.next_attempt_at is null then
    return json_build_object('outcome', case v_notification.status when 'dead' then 'dead' else 'finished' end);
  end if;
  if v_notification.lease_token <> p_lease_token and v_notification.leased_until > v_now then
    return json_build_object('outcome', 'busy');
  end if;
  v_quiet_until := quiet_until(v_notification, v_now);
  if greatest(v_notification.not_before, v_quiet_until) > v_now then
    update notifications set
      not_before = greatest(not_before, v_quiet_until), next_attempt_at = greatest(not_before, v_quiet_until),
      postponed_since = case when v_quiet_until is null then postponed_since end
    where id = p_notification_id;
    return json_build_object('outcome', 'not_due');
  end if;

  v_address := notification_address(v_notification.recipient, v_notification.recipient_id, v_notification.channel);
  v_reason := suppression_reason(v_notification, v_address, v_now);
  if v_reason is not null then
    update notifications set status = 'suppressed', reason = v_reason, next_attempt_at = null, finished_at = v_now, lease_token = null, leased_until = null
    where id = p_notification_id;
    return json_build_object('outcome', 'suppressed');
  end if;
  -- Ends the attempts for a message that crashes the process each time.
  if v_notification.attempts >= c_max_attempts and v_notification.lease_token is distinct from p_lease_token then
    update notifications set status = 'dead', next_attempt_at = null, finished_at = v_now, lease_token = null, leased_until = null where id = p_notification_id;
    return json_build_object('outcome', 'dead');
  end if;
  update notifications set
    status = 'pending',
    attempts = attempts + (lease_token is distinct from p_lease_token)::integer,
    lease_token = p_lease_token, leased_until = v_now + interval '1 minute', next_attempt_at = greatest(next_attempt_at, v_now + interval '1 minute')
  where id = p_notification_id returning * into v_notification;
  return json_build_object('outcome', 'begun', 'channel', v_notification.channel, 'to', v_address, 'content', notification_content(v_notification),
    'unsubscribeToken', case when v_notification.recipient = 'patient' then unsubscribe_token(v_notification.recipient_id) end);
end $$;
comment on function begin_delivery(uuid, uuid, boolean) is
  'Leases a notification to p_lease_token for one minute and returns its current content. Outcomes: begun (channel, to, content, '
  'unsubscribeToken for patients), finished, suppressed, not_due (quiet hours or a pause; the relay enqueues it again), busy (another run '
  'has the lease), unknown (an earlier run ended between the request to the provider and recording its response: an email is sent again '
  'as record_unknown() says, an SMS is not), dead (after five attempts; p_is_replay resets them).';
revoke execute on function begin_delivery(uuid, uuid, boolean) from public;
grant execute on function begin_delivery(uuid, uuid, boolean) to notifier;

create or replace function quiet_until(p_notification notifications, p_now timestamptz) returns timestamptz
language sql stable
set search_path = public, pg_temp
as $$
  select upper(quiet_hours(p_now, clinics.time_zone, clinics.quiet_from, clinics.quiet_to))
  from clinics
  where clinics.id = p_notification.clinic_id
    and exists (select from notification_catalogue() c where c.kind = p_notification.kind and c.respects_quiet_hours)
    -- It is sent in the quiet hours if they end less than 30 minutes before the start.
    and upper(quiet_hours(p_now, clinics.time_zone, clinics.quiet_from, clinics.quiet_to)) <= coalesce(
      p_notification.start_time, (select start_time from appointments where id = p_notification.appointment_id), 'infinity') - interval '30 minutes'
$$;
comment on function quiet_until(notifications, timestamptz) is
  'The end of the quiet hours that a message has to wait for; null if it need not wait.';

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
    'formerStartTime', to_utc_text(p_notification.former_start_time)
  ))
  from (select) notification
  left join patients on p_notification.recipient = 'patient' and patients.id = p_notification.recipient_id
  left join doctors on p_notification.recipient = 'doctor' and doctors.id = p_notification.recipient_id
  left join clinics on clinics.id = p_notification.clinic_id
$$;
comment on function notification_content(notifications) is
  'The current content of a message: the type NotificationContent of the notifier.';

create or replace function begin_sending(p_notification_id uuid, p_lease_token uuid, p_version integer) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_now constant timestamptz := clock();
begin
  update notifications n set status = 'sending', leased_until = v_now + interval '1 minute', next_attempt_at = v_now + interval '1 minute'
  where n.id = p_notification_id and n.lease_token = p_lease_token and n.status = 'pending'
    and suppression_reason(n, notification_address(n.recipient, n.recipient_id, n.channel), v_now) is null
    and (n.appointment_id is null or p_version = (appointment_facts(n.appointment_id) ->> 'version')::integer);
  return found;
end $$;
comment on function begin_sending(uuid, uuid, integer) is
  'The last check before the request to the provider; from then on the message may have been sent. False, without a change: it must not '
  'be sent any more, the appointment has another version than the message was written for, or another run has the lease.';
revoke execute on function begin_sending(uuid, uuid, integer) from public;
grant execute on function begin_sending(uuid, uuid, integer) to notifier;
