-- Ten characters of Crockford's base 32 (no I, L, O, U) from the random end of the appointment's id: short enough to dictate by telephone.
create function appointment_reference(p_id uuid) returns text
language sql immutable strict parallel safe
as $$
  select 'MB-' || string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + ((bits.value >> (5 * place)) & 31)::integer, 1), '' order by place desc)
  from (select ('x' || right(replace(p_id::text, '-', ''), 13))::bit(52)::bigint as value) bits, generate_series(0, 9) place
$$;
comment on function appointment_reference(uuid) is
  'The short name of an appointment for people, from 50 random bits of its id. The same id always has the same reference.';

create table appointments (
  id uuid not null,
  reference text not null generated always as (appointment_reference(id)) stored,
  clinic_id uuid not null,
  doctor_id uuid not null,
  patient_id uuid not null,
  status text not null,
  start_time timestamptz not null,
  end_time timestamptz not null,
  scheduled_at timestamptz not null default clock(),
  slot_count smallint not null,
  type text not null default 'in_person',
  reason text,
  expires_at timestamptz,
  renewed boolean not null default false,
  reschedule_reason text,
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
comment on column appointments.scheduled_at is 'When the current start was set. A reminder that was due before then is not sent.';
comment on column appointments.expires_at is 'End of the hold; null after a confirmation and for an appointment that was never held.';
comment on column appointments.renewed is 'Whether the hold was renewed; a hold can be renewed once.';
comment on column appointments.reschedule_reason is 'Reason of the last reschedule. Staff must state one after the cut-off.';
create index appointments_of_patient on appointments (patient_id, start_time, id);
create index appointments_of_doctor on appointments (doctor_id, start_time, id);
create index appointments_of_clinic on appointments (clinic_id, start_time, id);
-- For admins of the platform, who see the appointments of all clinics.
create index appointments_by_start on appointments (start_time, id);
create index appointments_held on appointments (expires_at) where status = 'pending';
create index appointments_held_by_patient on appointments (patient_id) where status = 'pending';
create index appointments_missed on appointments (patient_id, clinic_id, start_time) where status = 'no_show';
create trigger appointments_version_increases before update on appointments for each row
  when (new.version <= old.version)
  execute function refuse_version_decrease();

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
comment on table appointment_slots is 'Current (active) and past claims. A slot has at most one active claim; an appointment that moves away and back has several of one slot.';
create unique index appointment_slots_one_active_claim on appointment_slots (slot_id) where active;
create index appointment_slots_of_appointment on appointment_slots (appointment_id) where active;

create table booking_rates (
  caller_sub text not null,
  attempted_at timestamptz[] not null default '{}',
  request_ids text[] not null default '{}',
  constraint booking_rates_pkey primary key (caller_sub),
  constraint booking_rates_pairs check (cardinality(attempted_at) = cardinality(request_ids))
);
comment on table booking_rates is 'The booking attempts of each caller in the last minute, with their request ids: a retry of a request is not counted twice.';
