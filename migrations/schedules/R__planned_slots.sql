-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function openings(p_doctor_ids uuid[], p_from timestamptz, p_to timestamptz)
returns table (
  doctor_id uuid, clinic_id uuid, start_time timestamptz, end_time timestamptz, capacity smallint, slot_length interval,
  is_extra boolean, is_own boolean)
language plpgsql stable
set search_path = public, pg_temp
as $$
#variable_conflict use_column
begin
  -- PL/pgSQL, because PostgreSQL would plan an SQL function again at each call.
  return query
    with working_doctors as (
      select doctors.id, doctors.clinic_id, clinics.time_zone,
        make_interval(mins => coalesce(doctors.slot_minutes, clinics.slot_minutes)) as slot_length,
        (p_from at time zone clinics.time_zone)::date - 1 as first_day,
        (p_to at time zone clinics.time_zone)::date - (p_from at time zone clinics.time_zone)::date + 1 as days
      from doctors
      join clinics on clinics.id = doctors.clinic_id
      where doctors.id = any (p_doctor_ids) and doctors.active
    )
    select working_doctors.id, working_doctors.clinic_id, opening.start_time, opening.end_time, hours.capacity, working_doctors.slot_length, false, true
    from working_doctors
    join working_hours hours on hours.doctor_id = working_doctors.id
    cross join generate_series(0, working_doctors.days) as ahead (days)
    cross join lateral (select working_doctors.first_day + ahead.days) as day (local)
    cross join lateral (select
      local_time_to_instant(day.local + hours.start_time, working_doctors.time_zone),
      local_time_to_instant(day.local + hours.end_time, working_doctors.time_zone)) as opening (start_time, end_time)
    where extract(isodow from day.local) = hours.weekday
      and day.local >= hours.valid_from
      and (hours.valid_to is null or day.local < hours.valid_to)
      and is_working_week(day.local, hours.every_weeks, hours.anchor)
      and opening.start_time < p_to and opening.end_time > p_from
    union all
    select working_doctors.id, working_doctors.clinic_id, extra.start_time, extra.end_time, extra.capacity, working_doctors.slot_length, true, extra.doctor_id is not null
    from working_doctors
    join schedule_exceptions extra on extra.doctor_id = working_doctors.id or (extra.doctor_id is null and extra.clinic_id = working_doctors.clinic_id)
    where extra.type = 'extra_hours' and extra.start_time < p_to and extra.end_time > p_from;
end $$;
comment on function openings(uuid[], timestamptz, timestamptz) is
  'When these doctors work in [p_from, p_to): their working hours and extra hours, without holidays and blocked times. Nothing for a '
  'doctor who is not active. Opening and closing are local times of the clinic.';

create or replace function is_working_week(p_day date, p_every_weeks integer, p_anchor date) returns boolean
language sql immutable
as $$ select p_every_weeks = 1 or (date_trunc('week', p_day::timestamp)::date - date_trunc('week', p_anchor::timestamp)::date) / 7 % p_every_weeks = 0 $$;
comment on function is_working_week(date, integer, date) is
  'Whether hours that are valid in every n-th ISO week, counted from the week of p_anchor, are valid in the week of this day.';

create or replace function closure(p_doctor_id uuid, p_clinic_id uuid, p_start_time timestamptz, p_end_time timestamptz, p_seat smallint, p_is_extra boolean)
returns text
language sql stable
set search_path = public, pg_temp
as $$
  select case
    when bool_or(type = 'blocked') then 'blocked'
    when bool_or(type = 'holiday') then 'holiday'
  end
  from (
    select type from schedule_exceptions
    where doctor_id = p_doctor_id and end_time > p_start_time and start_time < p_end_time
      and (seat is null or seat = p_seat) and (type = 'blocked' or type = 'holiday' and not p_is_extra)
    union all
    select type from schedule_exceptions
    where clinic_id = p_clinic_id and doctor_id is null and end_time > p_start_time and start_time < p_end_time
      and (type = 'blocked' or type = 'holiday' and not p_is_extra)
  ) closures
$$;
comment on function closure(uuid, uuid, timestamptz, timestamptz, smallint, boolean) is
  'Which exception closes this time of a doctor: blocked (also during extra hours), holiday (not during extra hours), or null.';

create or replace function planned_slots(p_doctor_ids uuid[], p_from timestamptz, p_to timestamptz)
returns table (doctor_id uuid, clinic_id uuid, start_time timestamptz, end_time timestamptz, seat smallint, capacity smallint, status text)
language plpgsql stable
set search_path = public, pg_temp
as $$
#variable_conflict use_column
begin
  -- PL/pgSQL, because PostgreSQL would plan an SQL function again at each call.
  return query
    with opening as materialized (
      select o.*, exists (
        select from schedule_exceptions closing
        where (closing.doctor_id = o.doctor_id or (closing.doctor_id is null and closing.clinic_id = o.clinic_id))
          and closing.type <> 'extra_hours' and closing.start_time < o.end_time and closing.end_time > o.start_time) as may_be_closed
      from openings(p_doctor_ids, p_from, p_to) o
    )
    select opening.doctor_id, opening.clinic_id, slot.start_time, slot.start_time + opening.slot_length, seat.number::smallint, opening.capacity,
      case when opening.may_be_closed
        then coalesce(closure(opening.doctor_id, opening.clinic_id, slot.start_time, slot.start_time + opening.slot_length, seat.number::smallint, opening.is_extra), 'free')
        else 'free' end
    from opening
    cross join generate_series(opening.start_time, opening.end_time - opening.slot_length, opening.slot_length) as slot (start_time)
    cross join generate_series(1, opening.capacity) as seat (number)
    where slot.start_time >= p_from and slot.start_time < p_to
      -- Where openings meet, the working hours come first, then the doctor's own extra hours, then those of the clinic.
      and not (opening.is_extra and exists (
        select from opening other
        where other.doctor_id = opening.doctor_id
          and (other.is_extra, not other.is_own) < (opening.is_extra, not opening.is_own)
          and other.start_time < slot.start_time + opening.slot_length and other.end_time > slot.start_time));
end $$;
comment on function planned_slots(uuid[], timestamptz, timestamptz) is
  'The slots that these doctors have according to their hours and exceptions, with a start in [p_from, p_to). status: free, or blocked or '
  'holiday if an exception covers a part of the slot. Whole slots are counted between the instants of opening and closing, so a day with a '
  'clock change has fewer or more slots, and none overlap.';
