-- For the ids of notifications and the signatures in their links.
create extension if not exists pgcrypto;

alter table clinics add column notification_email text;
alter table clinics add column language text not null default 'en'
  constraint clinics_language check (language in ('en', 'es', 'pt'));
alter table clinics add column quiet_from time not null default '21:00';
alter table clinics add column quiet_to time not null default '08:00';
alter table clinics add column reminder_minutes integer[] not null default '{1440}'
  constraint clinics_reminder_minutes check (
    cardinality(reminder_minutes) <= 5 and array_position(reminder_minutes, null) is null
    and 1 <= all (reminder_minutes) and 20160 >= all (reminder_minutes));
-- The address is for the notifier alone.
-- medbook:contract all columns that anybody selects are granted again
revoke select on clinics from availability_api, staff_api;
grant select (id, name, address, phone, currency, time_zone, slot_minutes, notice_minutes, horizon_days, cancellation_cutoff_minutes, hold_seconds,
  holds_per_patient, appointments_per_patient, no_shows_per_patient, language, quiet_from, quiet_to, reminder_minutes, created_at)
  on clinics to availability_api, staff_api;
comment on column clinics.notification_email is 'Where the clinic itself is told of its appointments; null: it is not.';
comment on column clinics.language is 'That of the clinic''s messages, and of those to patients who have chosen none.';
comment on column clinics.quiet_from is 'From then until quiet_to, in the clinic''s time, nobody is reminded of anything. The same twice: no quiet hours.';
comment on column clinics.reminder_minutes is 'How long before their start patients are reminded of appointments.';

alter table patients add column language text
  constraint patients_language check (language in ('en', 'es', 'pt'));
alter table patients add column notify_reminders boolean not null default true;

alter table appointments add column scheduled_at timestamptz not null default clock();
comment on column appointments.scheduled_at is 'When it was given its present time: whoever booked or moved it after a reminder was due needs no reminder.';

alter table outbox add column former jsonb;
comment on column outbox.former is 'What the appointment was before: { status, startTime, doctorId }; null for what is new.';
comment on column outbox.published_at is 'When its notifications were written, in the same transaction.';
create index outbox_of_request_to_publish on outbox (request_id) where published_at is null;
-- Nobody waits to be told of what was done before anybody could be told.
update outbox set published_at = clock() where published_at is null;

create table notifications (
  id uuid not null,
  kind text not null,
  recipient text not null,
  recipient_id uuid not null,
  channel text not null,
  clinic_id uuid,
  appointment_id uuid,
  version integer not null,
  start_time timestamptz,
  lead_minutes integer,
  former_start_time timestamptz,
  request_id text,
  status text not null default 'pending',
  reason text,
  attempts smallint not null default 0,
  postponements smallint not null default 0,
  losses smallint not null default 0,
  not_before timestamptz not null default clock(),
  postponed_since timestamptz,
  look_at timestamptz default clock(),
  lease_token uuid,
  leased_until timestamptz,
  provider_id text,
  feedback text,
  created_at timestamptz not null default clock(),
  settled_at timestamptz,
  constraint notifications_pkey primary key (id),
  constraint notifications_recipient check (recipient in ('patient', 'doctor', 'clinic')),
  constraint notifications_channel check (channel in ('email', 'sms')),
  constraint notifications_status check (status in ('pending', 'sending', 'sent', 'unknown', 'suppressed', 'dead')),
  constraint notifications_lease check ((lease_token is null) = (leased_until is null)),
  constraint notifications_looked_at check (case
    when status in ('pending', 'sending') then look_at is not null
    when status = 'unknown' then (look_at is null) = (channel = 'sms')
    else look_at is null end),
  constraint notifications_settled_at check ((look_at is null) = (settled_at is not null))
);
comment on table notifications is 'A message to one person over one channel for one reason. Its id is made of these (notification_id()), so the same message is never there twice.';
comment on column notifications.version is 'Of the appointment, when it was planned.';
comment on column notifications.start_time is 'Of a reminder: the start of which it reminds.';
comment on column notifications.lead_minutes is 'Of a reminder: how long before the start it is due, without regard to quiet hours.';
comment on column notifications.reason is 'Why it was suppressed, or by what code it last failed. Never what a provider wrote, which quotes addresses.';
comment on column notifications.losses is 'How often nobody could tell whether the provider had taken it.';
comment on column notifications.not_before is 'It is not tried before then: the end of quiet hours, or of a pause after a failure of the provider.';
comment on column notifications.postponed_since is 'Since when the provider has been taking nothing, as far as this message knows; null: it has not been postponed.';
comment on column notifications.look_at is 'When the relay puts it into the queue (again), unless it is settled by then; null once it is settled.';
comment on column notifications.feedback is 'What became of an e-mail after it was sent: delivered, bounced, complained, rejected.';
create index notifications_to_look_at on notifications (look_at) where look_at is not null;
create index notifications_of_request on notifications (request_id) where look_at is not null or status = 'dead';
create index notifications_of_appointment on notifications (appointment_id, recipient_id, channel) where appointment_id is not null;

create table blocked_addresses (
  address text not null,
  reason text not null,
  created_at timestamptz not null default clock(),
  constraint blocked_addresses_pkey primary key (address),
  constraint blocked_addresses_address check (address = lower(address)),
  constraint blocked_addresses_reason check (reason in ('bounced', 'complained', 'opted_out'))
);
comment on table blocked_addresses is 'E-mail addresses, in lower case, and telephone numbers that nothing is sent to any more.';

create table signing_keys (
  purpose text not null,
  secret bytea not null,
  constraint signing_keys_pkey primary key (purpose)
);
comment on table signing_keys is 'Keys that never leave the database: it signs and it checks.';
insert into signing_keys values ('unsubscribe', gen_random_bytes(32));

do $$
declare v_role text;
begin
  foreach v_role in array array['notifier', 'reminders', 'mail_events'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I login', v_role);
    end if;
  end loop;
end $$;
grant rds_iam to notifier, reminders, mail_events;
alter role notifier set statement_timeout = '5s';
alter role reminders set statement_timeout = '10s';
alter role mail_events set statement_timeout = '5s';
