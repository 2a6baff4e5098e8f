create table working_hours (
  id uuid not null default gen_random_uuid(),
  clinic_id uuid not null,
  doctor_id uuid not null,
  weekday smallint not null,
  start_time time not null,
  end_time time not null,
  capacity smallint not null default 1,
  valid_from date not null,
  valid_to date,
  constraint working_hours_pkey primary key (id),
  constraint working_hours_doctor foreign key (clinic_id, doctor_id) references doctors (clinic_id, id),
  constraint working_hours_weekday check (weekday between 1 and 7),
  constraint working_hours_times check (start_time < end_time),
  constraint working_hours_capacity check (capacity between 1 and 50),
  constraint working_hours_validity check (valid_to is null or valid_from < valid_to),
  constraint working_hours_no_overlap exclude using gist (
    doctor_id with =,
    weekday with =,
    daterange(valid_from, valid_to) with &&,
    tsrange('2000-01-01'::date + start_time, '2000-01-01'::date + end_time) with &&
  )
);
comment on table working_hours is 'The weekly template of a doctor, in the clinic''s local time: ISO weekdays, from start_time to end_time (24:00 is the end of a day), from valid_from until before valid_to.';

-- The condition of each trigger says which updates must increase the version.
create function refuse_version_decrease() returns trigger
language plpgsql
as $$
begin
  raise exception 'the version of % % must increase: % to %', tg_table_name, old.id, old.version, new.version
    using errcode = 'integrity_constraint_violation', constraint = tg_table_name || '_version_increases';
end $$;
comment on function refuse_version_decrease() is
  'Trigger: refuses an update that does not increase the version, because the index and the notifications compare versions.';

create table availability_slots (
  id uuid not null default gen_random_uuid(),
  clinic_id uuid not null,
  doctor_id uuid not null,
  start_time timestamptz not null,
  end_time timestamptz not null,
  seat smallint not null default 1,
  status text not null default 'free',
  status_when_released text not null default 'free',
  held_until timestamptz,
  version integer not null default 1,
  constraint availability_slots_pkey primary key (id),
  constraint availability_slots_doctor foreign key (clinic_id, doctor_id) references doctors (clinic_id, id),
  constraint availability_slots_times check (start_time < end_time),
  constraint availability_slots_seat check (seat >= 1),
  constraint availability_slots_status check (status in ('free', 'held', 'booked', 'blocked', 'holiday', 'withdrawn')),
  constraint availability_slots_status_when_released check (status_when_released in ('free', 'blocked', 'holiday', 'withdrawn')),
  constraint availability_slots_free_is_offered check (status <> 'free' or status_when_released = 'free'),
  constraint availability_slots_held_until check ((status = 'held') = (held_until is not null)),
  constraint availability_slots_no_overlap exclude using gist (
    doctor_id with =,
    seat with =,
    tstzrange(start_time, end_time) with &&
  ) where (status <> 'withdrawn')
);
comment on table availability_slots is 'A slot is one seat of one doctor from start to end. Never deleted: a slot that is no longer offered is withdrawn.';
comment on column availability_slots.status_when_released is 'The status after a release. A change of the schedule of a held or booked slot changes this, not the status.';
create unique index availability_slots_one_per_start on availability_slots (doctor_id, start_time, seat) where status <> 'withdrawn';
-- Serves every query for the free times of a clinic: it contains only the offered slots, in the order of their starts.
create index availability_slots_offered on availability_slots (clinic_id, start_time, doctor_id)
  include (end_time, seat, status, held_until, id)
  where status_when_released = 'free' and status in ('free', 'held');
-- Serves the first free slots of one doctor. Without it a query for a fully booked doctor reads every slot.
create index availability_slots_by_doctor on availability_slots (doctor_id, start_time)
  include (end_time, status, held_until)
  where status_when_released = 'free' and status in ('free', 'held');
-- The slots that availability_slots_offered does not contain, for queries for all slots of a day. A single index of all slots would not
-- do, because the planner would choose it for offered slots too.
create index availability_slots_not_offered on availability_slots (clinic_id, start_time)
  where not (status_when_released = 'free' and status in ('free', 'held'));
create trigger availability_slots_version_increases before update on availability_slots for each row
  when (new.version < old.version or (new.version = old.version
    and (new.status, new.status_when_released, new.held_until) is distinct from (old.status, old.status_when_released, old.held_until)))
  execute function refuse_version_decrease();
