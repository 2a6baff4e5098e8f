create table idempotency_keys (
  caller_sub text not null,
  route text not null,
  key text not null,
  request_hash text not null,
  request_id text not null,
  result json,
  created_at timestamptz not null default clock(),
  constraint idempotency_keys_pkey primary key (caller_sub, route, key)
);
comment on column idempotency_keys.result is 'The result of the command, written in its transaction. json and not jsonb, so that a replayed response has the same bytes.';
create index idempotency_keys_by_age on idempotency_keys (created_at);

create table outbox (
  id bigint not null generated always as identity,
  kind text not null,
  clinic_id uuid,
  appointment_id uuid,
  patient_id uuid,
  version integer not null default 1,
  slots jsonb not null default '[]',
  former jsonb,
  request_id text,
  created_at timestamptz not null default clock(),
  indexed_at timestamptz,
  published_at timestamptz,
  constraint outbox_pkey primary key (id)
);
comment on table outbox is 'One row for each change, written in its transaction. The index (indexed_at) and the notifications (published_at) read it independently of each other.';
comment on column outbox.clinic_id is 'Null only for a change without a clinic: a new account.';
comment on column outbox.slots is 'The changed slots in the state after the change, as slots_to_json() builds them.';
comment on column outbox.former is 'The appointment before the change: { status, startTime, doctorId }; null for a new one.';
comment on column outbox.request_id is 'The request or run that made the change and publishes it immediately; null: only the relay publishes it.';
comment on column outbox.published_at is 'When the notifications were written, in the same transaction.';
create index outbox_to_index on outbox (id) where indexed_at is null;
create index outbox_to_publish on outbox (id) where published_at is null;
create index outbox_of_request on outbox (request_id) where indexed_at is null;
create index outbox_of_request_to_publish on outbox (request_id) where published_at is null;

create table audit_log (
  id bigint not null generated always as identity,
  at timestamptz not null default clock(),
  actor_sub text not null,
  actor_role text not null,
  action text not null,
  entity text not null,
  entity_id uuid not null,
  clinic_id uuid,
  changed_fields text[] not null default '{}',
  request_id text not null,
  constraint audit_log_pkey primary key (id)
);
comment on table audit_log is 'Who did what to which row: ids and names of changed fields, never personal values. Append-only, for the owner too.';
create index audit_log_of_entity on audit_log (entity_id, id);
create index audit_log_of_clinic on audit_log (clinic_id, id);

create function refuse_audit_change() returns trigger
language plpgsql
as $$
begin
  raise exception 'audit_log is append-only' using errcode = 'insufficient_privilege';
end $$;
comment on function refuse_audit_change() is 'Trigger: refuses every change of existing rows, for the owner too.';
create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function refuse_audit_change();
