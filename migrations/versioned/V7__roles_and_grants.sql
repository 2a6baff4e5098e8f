-- One role for each Lambda function, so that it has only the rights that it needs. The roles sign in with IAM through RDS Proxy, never
-- with a password. Roles belong to the whole server, so they may exist already. rds_iam is a role of Aurora; elsewhere it has no effect.
do $$
declare v_role text;
begin
  foreach v_role in array array[
    'rds_iam', 'availability_api', 'patient_api', 'staff_api', 'post_confirmation', 'create_admin', 'generate_slots',
    'expire_holds', 'housekeeping', 'outbox_relay', 'resync_index', 'notifier', 'reminders', 'email_events'
  ] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I %s', v_role, case v_role when 'rds_iam' then 'nologin' else 'login' end);
    end if;
  end loop;
end $$;
grant rds_iam to availability_api, patient_api, staff_api, post_confirmation, create_admin, generate_slots;
grant rds_iam to expire_holds, housekeeping, outbox_relay, resync_index, notifier, reminders, email_events;

-- Timeouts are settings of the roles: RDS Proxy pins a session that uses SET, and refuses start-up options.
alter role availability_api set statement_timeout = '5s';
alter role patient_api set statement_timeout = '8s';
alter role staff_api set statement_timeout = '20s';
alter role post_confirmation set statement_timeout = '3s';
alter role create_admin set statement_timeout = '5s';
alter role generate_slots set statement_timeout = '20s';
alter role expire_holds set statement_timeout = '20s';
alter role housekeeping set statement_timeout = '60s';
alter role outbox_relay set statement_timeout = '10s';
alter role resync_index set statement_timeout = '20s';
alter role notifier set statement_timeout = '5s';
alter role reminders set statement_timeout = '10s';
alter role email_events set statement_timeout = '5s';
alter role availability_api set default_transaction_read_only = on;
alter role patient_api set idle_in_transaction_session_timeout = '10s';
alter role staff_api set idle_in_transaction_session_timeout = '10s';

-- A temporary table would pin the proxy's connection to one session.
do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$;

-- No role may call a function without a grant. The functions of the scripts before this one exist already.
alter default privileges revoke execute on functions from public;
revoke execute on function clock(), appointment_reference(uuid), refuse_version_decrease(), refuse_audit_change() from public;
grant execute on function clock() to availability_api;

-- Created after the revocation, so that its functions need a grant too. For the ids of notifications and the signatures of unsubscribe links.
create extension if not exists pgcrypto;
insert into signing_keys (purpose, secret) values ('unsubscribe', gen_random_bytes(32));

-- Public data is readable without a further check. For all other data, roles call functions that check the caller's rights.
-- The columns are listed, because only the notifier may read notification_email.
grant select (id, name, address, phone, currency, time_zone, slot_minutes, notice_minutes, horizon_days, cancellation_cutoff_minutes, hold_seconds,
  holds_per_patient, appointments_per_patient, no_shows_per_patient, language, quiet_from, quiet_to, reminder_minutes, created_at)
  on clinics to availability_api, staff_api;
grant select (id, clinic_id, name, specialization, bio, fee_amount, experience_years, active) on doctors to availability_api, staff_api;
grant select (id, clinic_id, doctor_id, start_time, end_time, seat, status, status_when_released, held_until) on availability_slots to availability_api;
grant select (id, clinic_id, active) on doctors to generate_slots;
