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
  -- Delivery
  status text not null default 'pending',
  reason text,
  attempts smallint not null default 0,
  postponements smallint not null default 0,
  unknown_outcomes smallint not null default 0,
  not_before timestamptz not null default clock(),
  postponed_since timestamptz,
  next_attempt_at timestamptz default clock(),
  lease_token uuid,
  leased_until timestamptz,
  provider_id text,
  feedback text,
  created_at timestamptz not null default clock(),
  finished_at timestamptz,
  constraint notifications_pkey primary key (id),
  constraint notifications_recipient check (recipient in ('patient', 'doctor', 'clinic')),
  constraint notifications_channel check (channel in ('email', 'sms')),
  constraint notifications_status check (status in ('pending', 'sending', 'sent', 'unknown', 'suppressed', 'dead')),
  constraint notifications_lease check ((lease_token is null) = (leased_until is null)),
  constraint notifications_next_attempt_at check (case
    when status in ('pending', 'sending') then next_attempt_at is not null
    when status = 'unknown' then (next_attempt_at is null) = (channel = 'sms')
    else next_attempt_at is null end),
  constraint notifications_finished_at check ((next_attempt_at is null) = (finished_at is not null))
);
comment on table notifications is 'One message to one person over one channel for one event. Its id is derived from these (notification_id()), so no message exists twice.';
comment on column notifications.version is 'The version of the appointment when the message was planned.';
comment on column notifications.start_time is 'For a reminder: the start of the appointment.';
comment on column notifications.lead_minutes is 'For a reminder: how many minutes before the start it is due, apart from quiet hours.';
comment on column notifications.reason is 'Why it was suppressed, or the code of the last failure. Never the provider''s own text, which quotes addresses.';
comment on column notifications.unknown_outcomes is 'After how many attempts it was unknown whether the provider accepted the message.';
comment on column notifications.not_before is 'No attempt before then: the end of quiet hours or of a pause after a failed attempt.';
comment on column notifications.postponed_since is 'Since when the provider has accepted no attempt for this message; null: it is not postponed.';
comment on column notifications.next_attempt_at is 'When the relay enqueues the message (again); null if no further attempt is planned.';
comment on column notifications.feedback is 'What the provider reported about a sent email: delivered, bounced, complained, rejected.';
create index notifications_by_next_attempt on notifications (next_attempt_at) where next_attempt_at is not null;
create index notifications_of_request on notifications (request_id) where next_attempt_at is not null or status = 'dead';
create index notifications_of_appointment on notifications (appointment_id, recipient_id, channel) where appointment_id is not null;

create table blocked_addresses (
  address text not null,
  reason text not null,
  created_at timestamptz not null default clock(),
  constraint blocked_addresses_pkey primary key (address),
  constraint blocked_addresses_address check (address = lower(address)),
  constraint blocked_addresses_reason check (reason in ('bounced', 'complained', 'opted_out'))
);
comment on table blocked_addresses is 'Email addresses (lower case) and telephone numbers to which no messages are sent any more.';

create table signing_keys (
  purpose text not null,
  secret bytea not null,
  constraint signing_keys_pkey primary key (purpose)
);
comment on table signing_keys is 'Secrets that never leave the database: its functions sign and verify with them.';
