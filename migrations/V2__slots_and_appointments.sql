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
comment on table working_hours is 'The weekly template of a doctor, in the clinic''s local time: ISO weekdays, from start_time to end_time (24:00 ends a day), from valid_from until before valid_to.';

create table availability_slots (
  id uuid not null default gen_random_uuid(),
  clinic_id uuid not null,
  doctor_id uuid not null,
  start_time timestamptz not null,
  end_time timestamptz not null,
  seat smallint not null default 1,
  status text not null default 'free',
  release_to text not null default 'free',
  held_until timestamptz,
  version integer not null default 1,
  constraint availability_slots_pkey primary key (id),
  constraint availability_slots_doctor foreign key (clinic_id, doctor_id) references doctors (clinic_id, id),
  constraint availability_slots_times check (start_time < end_time),
  constraint availability_slots_seat check (seat >= 1),
  constraint availability_slots_status check (status in ('free', 'held', 'booked', 'blocked', 'holiday', 'withdrawn')),
  constraint availability_slots_release_to check (release_to in ('free', 'blocked', 'holiday', 'withdrawn')),
  constraint availability_slots_free_is_offered check (status <> 'free' or release_to = 'free'),
  constraint availability_slots_held_until check ((status = 'held') = (held_until is not null)),
  constraint availability_slots_no_overlap exclude using gist (
    doctor_id with =,
    seat with =,
    tstzrange(start_time, end_time) with &&
  ) where (status <> 'withdrawn')
);
comment on table availability_slots is 'One doctor, one start, one end, one seat. Never deleted: a slot that is no longer offered is withdrawn.';
comment on column availability_slots.release_to is 'What becomes of the slot when nobody holds it any more: a change of schedule under a booked slot sets this, not the status.';
create unique index availability_slots_one_per_start on availability_slots (doctor_id, start_time, seat) where status <> 'withdrawn';
-- Serves every question about free times: only what is offered is in it, in the order in which it is asked for, with the end beside it.
create index availability_slots_offered on availability_slots (clinic_id, start_time, doctor_id)
  include (end_time, seat, status, held_until, id)
  where release_to = 'free' and status in ('free', 'held');

create function refuse_version_backwards() returns trigger
language plpgsql
as $$
begin
  raise exception 'version of % % may only grow: % to %', tg_table_name, old.id, old.version, new.version
    using errcode = 'integrity_constraint_violation', constraint = tg_table_name || '_version_forward';
end $$;
comment on function refuse_version_backwards() is 'Refuses a change that does not move the version forward. Each trigger says when: what would confuse the index and the notifications.';
create trigger availability_slots_version_forward before update on availability_slots for each row
  when (new.version < old.version or (new.version = old.version
    and (new.status, new.release_to, new.held_until) is distinct from (old.status, old.release_to, old.held_until)))
  execute function refuse_version_backwards();

-- Ten characters of Crockford's base 32 (no I, L, O, U) from the random end of the appointment's id: short enough to say on the telephone.
create function appointment_reference(p_id uuid) returns text
language sql immutable strict parallel safe
as $$
  select 'MB-' || string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + ((bits.value >> (5 * place)) & 31)::integer, 1), '' order by place desc)
  from (select ('x' || right(replace(p_id::text, '-', ''), 13))::bit(52)::bigint as value) bits, generate_series(0, 9) place
$$;
comment on function appointment_reference(uuid) is 'What people call the appointment: 50 random bits of its id, always the same for the same id.';

create table appointments (
  id uuid not null,
  reference text not null generated always as (appointment_reference(id)) stored,
  clinic_id uuid not null,
  doctor_id uuid not null,
  patient_id uuid not null,
  status text not null,
  start_time timestamptz not null,
  end_time timestamptz not null,
  slot_count smallint not null,
  type text not null default 'in_person',
  reason text,
  expires_at timestamptz,
  cancelled_by text,
  cancellation_reason text,
  version integer not null default 1,
  created_at timestamptz not null default clock(),
  constraint appointments_pkey primary key (id),
  constraint appointments_reference unique (reference),
  constraint appointments_doctor foreign key (clinic_id, doctor_id) references doctors (clinic_id, id),
  constraint appointments_patient foreign key (patient_id) references patients (id),
  constraint appointments_status check (status in ('pending', 'booked', 'cancelled', 'completed', 'no_show', 'expired')),
  constraint appointments_type check (type in ('in_person', 'video')),
  constraint appointments_times check (start_time < end_time),
  constraint appointments_slot_count check (slot_count >= 1),
  constraint appointments_expires_at check (status <> 'pending' or expires_at is not null),
  constraint appointments_cancelled_by check (case when status = 'cancelled' then cancelled_by is not null and cancelled_by in ('patient', 'clinic') else cancelled_by is null end),
  constraint appointments_no_overlap exclude using gist (
    patient_id with =,
    tstzrange(start_time, end_time) with &&
  ) where (status in ('pending', 'booked'))
);
create index appointments_of_patient on appointments (patient_id, start_time, id);
create index appointments_of_doctor on appointments (doctor_id, start_time, id);
create index appointments_of_clinic on appointments (clinic_id, start_time, id);
create trigger appointments_version_forward before update on appointments for each row
  when (new.version <= old.version)
  execute function refuse_version_backwards();

create table appointment_slots (
  id uuid not null default gen_random_uuid(),
  appointment_id uuid not null,
  slot_id uuid not null,
  active boolean not null default true,
  created_at timestamptz not null default clock(),
  constraint appointment_slots_pkey primary key (id),
  constraint appointment_slots_appointment foreign key (appointment_id) references appointments (id),
  constraint appointment_slots_slot foreign key (slot_id) references availability_slots (id)
);
comment on table appointment_slots is 'Claims, also past ones: a slot has at most one that is active, and an appointment may move away and back.';
create unique index appointment_slots_one_active_claim on appointment_slots (slot_id) where active;
create index appointment_slots_of_appointment on appointment_slots (appointment_id) where active;
