-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function urgent_conflicts() returns table (clinic_id uuid, conflicts integer)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select conflict.clinic_id, count(*)::integer
  from (select clock() as now) instant
  cross join schedule_conflicts conflict
  join clinics on clinics.id = conflict.clinic_id
  join appointments on appointments.id = conflict.appointment_id
  where conflict.resolution is null
    and appointment_status(appointments.status, appointments.expires_at) = 'booked'
    and appointments.start_time > instant.now
    and appointments.start_time <= instant.now + greatest(make_interval(mins => clinics.notice_minutes), interval '1 hour')
  group by conflict.clinic_id
$$;
comment on function urgent_conflicts() is
  'How many booked appointments with an open conflict start within the notice of their clinic, or within an hour if that is longer: a '
  'patient may come although nobody works then. Only clinics that have one.';
revoke execute on function urgent_conflicts() from public;
grant execute on function urgent_conflicts() to expire_holds;
