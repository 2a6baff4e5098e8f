create table clinics (
  id uuid not null default gen_random_uuid(),
  name text not null,
  address text not null,
  phone text not null,
  currency text not null,
  time_zone text not null,
  language text not null default 'en',
  -- Booking rules
  slot_minutes integer not null default 30,
  notice_minutes integer not null default 60,
  horizon_days integer not null default 30,
  cancellation_cutoff_minutes integer not null default 0,
  hold_seconds integer not null default 120,
  holds_per_patient integer not null default 3,
  appointments_per_patient integer not null default 10,
  no_shows_per_patient integer not null default 3,
  -- Notifications
  notification_email text,
  quiet_from time not null default '21:00',
  quiet_to time not null default '08:00',
  reminder_minutes integer[] not null default '{1440}',
  created_at timestamptz not null default clock(),
  constraint clinics_pkey primary key (id),
  constraint clinics_currency check (currency ~ '^[A-Z]{3}$'),
  constraint clinics_language check (language in ('en', 'es', 'pt')),
  constraint clinics_slot_minutes check (slot_minutes between 5 and 240),
  constraint clinics_notice check (notice_minutes between 0 and 43200),
  constraint clinics_horizon check (horizon_days between 1 and 366),
  constraint clinics_cancellation_cutoff check (cancellation_cutoff_minutes between 0 and 43200),
  constraint clinics_hold check (hold_seconds between 30 and 3600),
  constraint clinics_holds_per_patient check (holds_per_patient between 1 and 20),
  constraint clinics_appointments_per_patient check (appointments_per_patient between 1 and 100),
  constraint clinics_no_shows_per_patient check (no_shows_per_patient between 1 and 100),
  constraint clinics_reminder_minutes check (
    cardinality(reminder_minutes) <= 5 and array_position(reminder_minutes, null) is null
    and 1 <= all (reminder_minutes) and 20160 >= all (reminder_minutes))
);
comment on column clinics.time_zone is 'IANA name. Used to create slots from working hours, to find the local day, and to format; never to store an instant.';
comment on column clinics.language is 'Language of messages to the clinic, and to patients who have chosen no language.';
comment on column clinics.holds_per_patient is 'How many unexpired holds a patient may have at once, at all clinics together.';
comment on column clinics.appointments_per_patient is 'Patients with this many future appointments at the clinic cannot book another one themselves.';
comment on column clinics.no_shows_per_patient is 'Patients with this many missed appointments at the clinic within a year cannot book another one themselves.';
comment on column clinics.notification_email is 'Address for notifications to the clinic itself; null: no notifications. Only the notifier reads it.';
comment on column clinics.quiet_from is 'Start of the quiet hours in the clinic''s time zone, during which no reminder is sent. Equal to quiet_to: no quiet hours.';
comment on column clinics.quiet_to is 'End of the quiet hours, exclusive; on the next day if it is before quiet_from.';
comment on column clinics.reminder_minutes is 'How many minutes before the start of an appointment its patient is reminded.';
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
comment on column doctors.cognito_sub is 'Null until the login exists.';
comment on column doctors.fee_amount is 'In minor units of the clinic''s currency.';
create unique index doctors_email on doctors (lower(email));
create index doctors_by_name on doctors (clinic_id, name, id);
-- Finds the doctors of a rare specialization across clinics, for the next free times.
create index doctors_by_specialization on doctors (lower(specialization), clinic_id) include (id) where active;

create table patients (
  id uuid not null default gen_random_uuid(),
  cognito_sub text,
  clinic_id uuid,
  name text not null,
  email text,
  phone text,
  language text,
  notify_by_email boolean not null default true,
  notify_by_sms boolean not null default false,
  notify_reminders boolean not null default true,
  active boolean not null default true,
  created_at timestamptz not null default clock(),
  constraint patients_pkey primary key (id),
  constraint patients_cognito_sub unique (cognito_sub),
  constraint patients_clinic foreign key (clinic_id) references clinics (id),
  constraint patients_origin check (cognito_sub is not null or clinic_id is not null),
  constraint patients_language check (language in ('en', 'es', 'pt'))
);
comment on column patients.clinic_id is 'The clinic whose staff entered a patient without a login. Never linked to a login by email alone, so email is not unique.';
comment on column patients.language is 'Null: messages use the language of the clinic.';
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
