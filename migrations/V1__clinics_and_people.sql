create extension if not exists btree_gist;

-- The one clock of every rule. Stable, because a volatile function could not be an index condition; a function of its own,
-- because a trial system may move it. In production nobody but the owner can replace it.
create function clock() returns timestamptz
language sql stable
as $$ select clock_timestamp() $$;
comment on function clock() is 'The present instant, asked once at the start of a rule. Never now(), which is the start of the transaction.';

create table clinics (
  id uuid not null default gen_random_uuid(),
  name text not null,
  address text not null,
  phone text not null,
  currency text not null,
  time_zone text not null,
  slot_minutes integer not null default 30,
  notice_minutes integer not null default 60,
  horizon_days integer not null default 30,
  cancellation_cutoff_minutes integer not null default 0,
  hold_seconds integer not null default 120,
  created_at timestamptz not null default clock(),
  constraint clinics_pkey primary key (id),
  constraint clinics_currency check (currency ~ '^[A-Z]{3}$'),
  constraint clinics_slot_minutes check (slot_minutes between 5 and 240),
  constraint clinics_notice check (notice_minutes between 0 and 43200),
  constraint clinics_horizon check (horizon_days between 1 and 366),
  constraint clinics_cancellation_cutoff check (cancellation_cutoff_minutes between 0 and 43200),
  constraint clinics_hold check (hold_seconds between 30 and 3600)
);
comment on column clinics.time_zone is 'IANA name. Used to make slots from working hours, to tell which day it is, and to render; never to store an instant.';
create index clinics_by_name on clinics (name, id);

create table doctors (
  id uuid not null default gen_random_uuid(),
  clinic_id uuid not null,
  cognito_sub text,
  name text not null,
  email text not null,
  phone text,
  specialization text not null,
  bio text,
  fee_amount integer not null default 0,
  experience_years integer not null default 0,
  active boolean not null default true,
  created_at timestamptz not null default clock(),
  constraint doctors_pkey primary key (id),
  constraint doctors_of_clinic unique (clinic_id, id),
  constraint doctors_cognito_sub unique (cognito_sub),
  constraint doctors_clinic foreign key (clinic_id) references clinics (id),
  constraint doctors_fee check (fee_amount >= 0),
  constraint doctors_experience check (experience_years between 0 and 80)
);
comment on column doctors.fee_amount is 'In minor units of the clinic''s currency.';
comment on column doctors.cognito_sub is 'Null until the login exists.';
create unique index doctors_email on doctors (lower(email));
create index doctors_by_name on doctors (clinic_id, name, id);

create table patients (
  id uuid not null default gen_random_uuid(),
  cognito_sub text,
  clinic_id uuid,
  name text not null,
  email text,
  phone text,
  notify_by_email boolean not null default true,
  notify_by_sms boolean not null default false,
  active boolean not null default true,
  created_at timestamptz not null default clock(),
  constraint patients_pkey primary key (id),
  constraint patients_cognito_sub unique (cognito_sub),
  constraint patients_clinic foreign key (clinic_id) references clinics (id),
  constraint patients_origin check (cognito_sub is not null or clinic_id is not null)
);
comment on column patients.clinic_id is 'The clinic whose staff entered a patient without a login. Never linked to a login by e-mail alone, so e-mail is not unique.';
create index patients_email on patients (lower(email)) where cognito_sub is not null;
create index patients_of_clinic on patients (clinic_id) where clinic_id is not null;

create table staff (
  id uuid not null default gen_random_uuid(),
  clinic_id uuid,
  cognito_sub text,
  name text not null,
  email text not null,
  active boolean not null default true,
  created_at timestamptz not null default clock(),
  constraint staff_pkey primary key (id),
  constraint staff_cognito_sub unique (cognito_sub),
  constraint staff_clinic foreign key (clinic_id) references clinics (id)
);
comment on column staff.clinic_id is 'Null: an admin of the platform.';
comment on column staff.cognito_sub is 'Null until the login exists.';
create unique index staff_email on staff (lower(email));
