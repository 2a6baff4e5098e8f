-- One role per function, so that what a function may do is what its role may do. They sign in with IAM through RDS Proxy, never with a password.
-- Roles belong to the whole server, so they may be there already; rds_iam is Aurora's own and only a name elsewhere.
do $$
declare v_role text;
begin
  foreach v_role in array array['rds_iam', 'availability_api', 'patient_api', 'staff_api', 'post_confirmation', 'create_admin', 'generate_slots'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I %s', v_role, case v_role when 'rds_iam' then 'nologin' else 'login' end);
    end if;
  end loop;
end $$;
grant rds_iam to availability_api, patient_api, staff_api, post_confirmation, create_admin, generate_slots;

-- Time-outs are settings of the roles: RDS Proxy pins a session that says SET, and refuses start-up options.
alter role availability_api set statement_timeout = '5s';
alter role patient_api set statement_timeout = '8s';
alter role staff_api set statement_timeout = '20s';
alter role post_confirmation set statement_timeout = '3s';
alter role create_admin set statement_timeout = '5s';
alter role generate_slots set statement_timeout = '20s';
alter role availability_api set default_transaction_read_only = on;
alter role patient_api set idle_in_transaction_session_timeout = '10s';
alter role staff_api set idle_in_transaction_session_timeout = '10s';

-- A temporary table would pin the session of whoever shares the connection.
do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$;

-- Functions made from now on are nobody's until granted.
alter default privileges revoke execute on functions from public;

revoke execute on function clock(), appointment_reference(uuid), refuse_version_backwards(), refuse_audit_change() from public;
grant execute on function clock() to availability_api;

-- Everybody but availability_api acts through functions only, which check the caller's right; reading what is public needs no right.
grant select on clinics to availability_api, staff_api;
grant select (id, clinic_id, name, specialization, bio, fee_amount, experience_years, active) on doctors to availability_api, staff_api;
grant select (id, clinic_id, doctor_id, start_time, end_time, seat, status, release_to, held_until) on availability_slots to availability_api;
grant select (id, clinic_id, active) on doctors to generate_slots;
