create or replace function quiet_hours(p_instant timestamptz, p_zone text, p_from time, p_to time) returns tstzrange
language sql stable
as $$
  select tstzrange(least(begins, p_instant), ends)
  from (select p_instant at time zone p_zone as here) place
  cross join generate_series(date_trunc('day', here) - interval '1 day', here, interval '1 day') as day
  cross join lateral (
    select day + p_from as begins_here, day + p_to + case when p_to < p_from then interval '1 day' else '0' end as ends_here) shown
  cross join lateral (select begins_here at time zone p_zone as begins, ends_here at time zone p_zone as ends) quiet
  -- What the clocks show may be left out or come twice when they change, so the instants need not be in that order.
  where p_from <> p_to and here >= begins_here and here < ends_here and p_instant < ends
$$;
comment on function quiet_hours(timestamptz, text, time, time) is
  'The quiet hours that this instant is in, from p_from until before p_to in that zone, over midnight if p_to is earlier; null if it is in none.';

create or replace function reminder_due(p_start timestamptz, p_minutes integer, p_clinic clinics) returns timestamptz
language sql stable
set search_path = public, pg_temp
as $$
  select case
    when quiet is null then due
    when upper(quiet) <= p_start - interval '30 minutes' then upper(quiet)
    -- In time for the job, which runs every five minutes, and for the queue.
    else lower(quiet) - interval '15 minutes'
  end
  from (select p_start - make_interval(mins => p_minutes) as due) ahead
  cross join lateral (select quiet_hours(due, p_clinic.time_zone, p_clinic.quiet_from, p_clinic.quiet_to) as quiet) hours
$$;
comment on function reminder_due(timestamptz, integer, clinics) is
  'When somebody is to be reminded of what begins at p_start: p_minutes before (of elapsed time, also over a change of the clocks); in quiet '
  'hours when they end, if that is half an hour before the start or more, else a quarter of an hour before they begin.';

create or replace function clinics_that_remind() returns table (id uuid)
language sql security definer
set search_path = public, pg_temp
as $$
  select clinics.id from clinics where cardinality(clinics.reminder_minutes) > 0 order by random()
$$;
comment on function clinics_that_remind() is 'The clinics whose patients are reminded, in any order.';
revoke execute on function clinics_that_remind() from public;
grant execute on function clinics_that_remind() to reminders;

create or replace function plan_reminders(p_clinic_id uuid) returns integer
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := clock();
  v_planned integer;
begin
  insert into notifications (id, kind, recipient, recipient_id, channel, clinic_id, appointment_id, version, start_time, lead_minutes)
  -- First those of which nobody has been reminded, which costs little, and then when each is due, which costs more.
  with unreminded as materialized (
    select a.id, a.patient_id, a.clinic_id, a.version, a.start_time, a.scheduled_at, minutes, clinics
    from clinics
    cross join unnest(clinics.reminder_minutes) minutes
    -- What would be due later is brought forward only out of quiet hours that have begun or are about to; an hour more for clocks that change.
    cross join lateral (
      select interval '1 hour' + coalesce(
        upper(quiet_hours(v_now + interval '15 minutes', time_zone, quiet_from, quiet_to)),
        upper(quiet_hours(v_now, time_zone, quiet_from, quiet_to)), v_now) as until) candidates
    join appointments a on a.clinic_id = clinics.id
      and a.start_time > v_now and a.start_time <= candidates.until + make_interval(mins => minutes)
    where clinics.id = p_clinic_id and a.status = 'booked' and not exists (
      select from notifications n
      where n.appointment_id = a.id and n.kind = 'appointment_reminder' and n.start_time = a.start_time and n.lead_minutes <= minutes)
  )
  select
    notification_id(c.recipient, due.patient_id, due.id, c.kind, channel, extract(epoch from due.start_time)::bigint || '-' || due.minutes),
    c.kind, c.recipient, due.patient_id, channel, due.clinic_id, due.id, due.version, due.start_time, due.minutes
  from (
    -- Of several that are due, because the job was away, the last: one reminder says all that two would.
    select distinct on (id) unreminded.*
    from unreminded
    cross join lateral (select reminder_due(start_time, minutes, clinics) as at) reminder
    where reminder.at <= v_now and scheduled_at < reminder.at
    order by id, minutes
  ) due
  join patients on patients.id = due.patient_id and patients.notify_reminders
  join notification_catalogue() c on c.event = 'reminder_due'
  cross join unnest(c.channels) channel
  where notification_address(c.recipient, due.patient_id, channel) is not null
  on conflict on constraint notifications_pkey do nothing;
  get diagnostics v_planned = row_count;
  return v_planned;
end $$;
comment on function plan_reminders(uuid) is
  'Writes the reminders of a clinic that are due and missing, and answers how many. It looks at what is and not at the time of its run, so a run that is '
  'late, doubled or left out changes nothing but the delay. Who booked or moved after a reminder was due gets none.';
revoke execute on function plan_reminders(uuid) from public;
grant execute on function plan_reminders(uuid) to reminders;
