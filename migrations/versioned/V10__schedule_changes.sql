alter table doctors add column slot_minutes integer;
-- medbook:contract the previous release does not write the column
alter table doctors add constraint doctors_slot_minutes check (slot_minutes between 5 and 240);
comment on column doctors.slot_minutes is 'The length of this doctor''s slots. Null: that of the clinic.';

alter table working_hours add column every_weeks smallint not null default 1;
alter table working_hours add column anchor date not null default '1970-01-05';
-- medbook:contract the previous release writes only the default
alter table working_hours add constraint working_hours_every_weeks check (every_weeks between 1 and 52);
comment on column working_hours.every_weeks is 'In every n-th ISO week, counted from the week of anchor.';
-- Hours of different weeks may have the same times.
-- medbook:contract it is replaced in this script by one that refuses less
alter table working_hours drop constraint working_hours_no_overlap;
-- medbook:contract it accepts all that the dropped one accepts
alter table working_hours add constraint working_hours_no_overlap exclude using gist (
  doctor_id with =,
  weekday with =,
  daterange(valid_from, valid_to) with &&,
  tsrange('2000-01-01'::date + start_time, '2000-01-01'::date + end_time) with &&
) where (every_weeks = 1);

create table schedule_exceptions (
  id uuid not null,
  clinic_id uuid not null,
  doctor_id uuid,
  type text not null,
  start_time timestamptz not null,
  end_time timestamptz not null,
  all_day boolean not null default false,
  seat smallint,
  capacity smallint not null default 1,
  reason text,
  created_at timestamptz not null default clock(),
  constraint schedule_exceptions_pkey primary key (id),
  constraint schedule_exceptions_clinic foreign key (clinic_id) references clinics (id),
  constraint schedule_exceptions_doctor foreign key (clinic_id, doctor_id) references doctors (clinic_id, id),
  constraint schedule_exceptions_type check (type in ('holiday', 'blocked', 'extra_hours')),
  constraint schedule_exceptions_times check (start_time < end_time),
  constraint schedule_exceptions_seat check (seat is null or (type = 'blocked' and doctor_id is not null and seat >= 1)),
  constraint schedule_exceptions_capacity check (capacity between 1 and 50),
  constraint schedule_exceptions_extra_hours_of_doctor exclude using gist (
    doctor_id with =, tstzrange(start_time, end_time) with &&
  ) where (type = 'extra_hours' and doctor_id is not null),
  constraint schedule_exceptions_extra_hours_of_clinic exclude using gist (
    clinic_id with =, tstzrange(start_time, end_time) with &&
  ) where (type = 'extra_hours' and doctor_id is null)
);
comment on table schedule_exceptions is 'A dated change of the working hours of a doctor or, without doctor_id, of all doctors of a clinic.';
comment on column schedule_exceptions.all_day is 'It lasts whole days of the clinic, so it moves with the clinic''s time zone.';
comment on column schedule_exceptions.seat is 'The seat of a single blocked slot; null: all seats.';
comment on column schedule_exceptions.capacity is 'The seats of extra hours.';
create index schedule_exceptions_of_clinic on schedule_exceptions (clinic_id, end_time) where doctor_id is null;
create index schedule_exceptions_of_doctor on schedule_exceptions (doctor_id, end_time) where doctor_id is not null;

create table schedule_conflicts (
  id uuid not null default gen_random_uuid(),
  clinic_id uuid not null,
  doctor_id uuid not null,
  appointment_id uuid not null,
  start_time timestamptz not null,
  resolution text,
  resolved_by text,
  opened_at timestamptz not null default clock(),
  resolved_at timestamptz,
  constraint schedule_conflicts_pkey primary key (id),
  constraint schedule_conflicts_doctor foreign key (clinic_id, doctor_id) references doctors (clinic_id, id),
  constraint schedule_conflicts_appointment foreign key (appointment_id) references appointments (id),
  constraint schedule_conflicts_resolution check (resolution in ('fits_again', 'moved', 'cancelled', 'concluded')),
  constraint schedule_conflicts_resolved_by check (resolved_by in ('patient', 'clinic', 'system')),
  constraint schedule_conflicts_resolved check ((resolution is null) = (resolved_at is null) and (resolution is null) = (resolved_by is null))
);
comment on table schedule_conflicts is 'An appointment at a time at which its doctor no longer works. Open (without resolution) until it fits again or is moved, cancelled or concluded.';
comment on column schedule_conflicts.doctor_id is 'The doctor of the appointment when the conflict was opened, as start_time is its start.';
create unique index schedule_conflicts_one_open on schedule_conflicts (appointment_id) where resolution is null;
create index schedule_conflicts_of_doctor on schedule_conflicts (doctor_id, start_time, id) where resolution is null;
create index schedule_conflicts_of_clinic on schedule_conflicts (clinic_id, start_time, id) where resolution is null;

create table planning_requests (
  id bigint not null generated always as identity,
  doctor_id uuid not null,
  created_at timestamptz not null default clock(),
  constraint planning_requests_pkey primary key (id),
  constraint planning_requests_doctor foreign key (doctor_id) references doctors (id)
);
comment on table planning_requests is 'Doctors whose slots must be planned again, because a slot was released that is no longer offered. Written in the transaction of the release, deleted in that of the planning.';

alter table appointments add column conflict_id uuid;
comment on column appointments.conflict_id is 'The open conflict; null: none.';

-- A difference between a slot and the plan: see slot_changes().
create type slot_change as (
  slot_id uuid, doctor_id uuid, clinic_id uuid, start_time timestamptz, end_time timestamptz, seat smallint, planned_status text,
  is_changed boolean, appointment_id uuid, fits boolean
);
