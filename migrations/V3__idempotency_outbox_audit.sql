create table idempotency_keys (
  caller_sub text not null,
  route text not null,
  key text not null,
  request_hash text not null,
  request_id text not null,
  answer json,
  created_at timestamptz not null default clock(),
  constraint idempotency_keys_pkey primary key (caller_sub, route, key)
);
comment on column idempotency_keys.answer is 'What the command answered, written by the transaction that did it. json and not jsonb: a repeat gets the same bytes.';
create index idempotency_keys_by_age on idempotency_keys (created_at);

create table outbox (
  id bigint not null generated always as identity,
  kind text not null,
  clinic_id uuid,
  appointment_id uuid,
  patient_id uuid,
  version integer not null default 1,
  slots jsonb not null default '[]',
  created_at timestamptz not null default clock(),
  indexed_at timestamptz,
  published_at timestamptz,
  attempts integer not null default 0,
  last_error text,
  constraint outbox_pkey primary key (id)
);
comment on table outbox is 'Written in the transaction of the change it tells; drained by the index (indexed_at) and by the notifications (published_at), neither waiting for the other.';
comment on column outbox.clinic_id is 'Null only for what concerns no clinic: an account.';
create index outbox_to_index on outbox (id) where indexed_at is null;
create index outbox_to_publish on outbox (id) where published_at is null;

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
comment on table audit_log is 'Who did what to whom: ids and names of changed fields, never personal values. Append-only for everybody.';
create index audit_log_of_entity on audit_log (entity_id, id);
create index audit_log_of_clinic on audit_log (clinic_id, id);

create function refuse_audit_change() returns trigger
language plpgsql
as $$
begin
  raise exception 'audit_log is append-only' using errcode = 'insufficient_privilege';
end $$;
comment on function refuse_audit_change() is 'Refuses every change of what is noted, also to the owner.';
create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function refuse_audit_change();
