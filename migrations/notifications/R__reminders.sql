-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function quiet_hours(p_instant timestamptz, p_time_zone text, p_from time, p_to time) returns tstzrange
language sql stable
as $$
  select tstzrange(least(start_time, p_instant), end_time)
  from (select p_instant at time zone p_time_zone as local_time) instant
  cross join generate_series(date_trunc('day', local_time) - interval '1 day', local_time, interval '1 day') as day
  cross join lateral (
    select day + p_from as local_start_time, day + p_to + case when p_to < p_from then interval '1 day' else '0' end as local_end_time) local
  cross join lateral (
    select local_start_time at time zone p_time_zone as start_time, local_end_time at time zone p_time_zone as end_time) quiet
  -- A clock change skips or repeats local times, so the order of the instants may differ from that of the local times.
  where p_from <> p_to and local_time >= local_start_time and local_time < local_end_time and p_instant < end_time
$$;
comment on function quiet_hours(timestamptz, text, time, time) is
  'The quiet hours that contain this instant, from p_from until before p_to in the time zone, over midnight if p_to is earlier; null if '
  'it is in none.';

create or replace function reminder_due(p_start_time timestamptz, p_lead_minutes integer, p_clinic clinics) returns timestamptz
language sql stable
set search_path = public, pg_temp
as $$
  select case
    when quiet is null then due
    when upper(quiet) <= p_start_time - interval '30 minutes' then upper(quiet)
    -- Early enough for the job, which runs every five minutes, and for the queue.
    else lower(quiet) - interval '15 minutes'
  end
  from (select p_start_time - make_interval(mins => p_lead_minutes) as due) ahead
  cross join lateral (select quiet_hours(due, p_clinic.time_zone, p_clinic.quiet_from, p_clinic.quiet_to) as quiet) hours
$$;
comment on function reminder_due(timestamptz, integer, clinics) is
  'When the reminder of an appointment at p_start_time is due: p_lead_minutes before it, in elapsed time also across a clock change. If '
  'that is in quiet hours: at their end if this is at least 30 minutes before the start, else 15 minutes before they begin.';

create or replace function clinics_with_reminders() returns table (id uuid)
language sql security definer
set search_path = public, pg_temp
as $$
  select clinics.id from clinics where cardinality(clinics.reminder_minutes) > 0 order by random()
$$;
comment on function clinics_with_reminders() is 'The clinics that send reminders, in random order.';
revoke execute on function clinics_with_reminders() from public;
grant execute on function clinics_with_reminders() to reminders;

create or replace function plan_reminders(p_clinic_id uuid) returns integer
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_now constant timestamptz := clock();
  v_planned_count integer;
begin
  insert into notifications (id, kind, recipient, recipient_id, channel, clinic_id, appointment_id, version, start_time, lead_minutes)
  -- First finds the appointments without a reminder, which is cheap, and then when each is due, which is expensive.
  with unreminded as materialized (
    select a.id, a.patient_id, a.clinic_id, a.version, a.start_time, a.scheduled_at, minutes, clinics
    from clinics
    cross join unnest(clinics.reminder_minutes) minutes
    -- Every reminder that can be due now: only quiet hours, now or within 15 minutes, make one due early. One more hour covers a clock change.
    cross join lateral (
      select interval '1 hour' + coalesce(
        upper(quiet_hours(v_now + interval '15 minutes', time_zone, quiet_from, quiet_to)),
        upper(quiet_hours(v_now, time_zone, quiet_from, quiet_to)), v_now) as until) candidates
    join appointments a on a.clinic_id = clinics.id
      and a.start_time > v_now and a.start_time <= candidates.until + make_interval(mins => minutes)
    where clinics.id = p_clinic_id and a.status = 'booked' and a.conflict_id is null and not exists (
      select from notifications n
      where n.appointment_id = a.id and n.kind = 'appointment_reminder' and n.start_time = a.start_time and n.lead_minutes <= minutes)
  )
  select
    notification_id(c.recipient, due.patient_id, due.id, c.kind, channel, extract(epoch from due.start_time)::bigint || '-' || due.minutes),
    c.kind, c.recipient, due.patient_id, channel, due.clinic_id, due.id, due.version, due.start_time, due.minutes
  from (
    -- If several are due, because the job did not run, only the last one is sent: it contains all that the others would.
    select distinct on (id) unreminded.*
    from unreminded
    cross join lateral (select reminder_due(start_time, minutes, clinics) as due_at) reminder
    where reminder.due_at <= v_now and scheduled_at < reminder.due_at
    order by id, minutes
  ) due
  join patients on patients.id = due.patient_id and patients.notify_reminders
  join notification_catalogue() c on c.event = 'reminder_due'
  cross join unnest(c.channels) channel
  where notification_address(c.recipient, due.patient_id, channel) is not null
  on conflict on constraint notifications_pkey do nothing;
  get diagnostics v_planned_count = row_count;
  return v_planned_count;
end $$;
comment on function plan_reminders(uuid) is
  'Writes the reminders of a clinic that are due and missing, and returns how many. It depends on the current data and not on the time of '
  'its run, so a late, repeated or missed run only causes a delay. An appointment that was booked or rescheduled after a reminder was due '
  'gets none, nor does one in conflict with its doctor''s schedule.';
revoke execute on function plan_reminders(uuid) from public;
grant execute on function plan_reminders(uuid) to reminders;
