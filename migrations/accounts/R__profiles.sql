-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function register_patient(p_sub text, p_name text, p_email text, p_phone text) returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_id uuid;
begin
  insert into patients (cognito_sub, name, email, phone) values (p_sub, p_name, p_email, p_phone)
  on conflict on constraint patients_cognito_sub do nothing
  returning id into v_id;
  if v_id is null then
    return (select id from patients where cognito_sub = p_sub);
  end if;
  insert into outbox (kind, patient_id) values ('account_created', v_id);
  perform audit(p_sub, 'patient', 'register', 'patient', v_id, null, array['name', 'email', 'phone'], v_id::text);
  return v_id;
end $$;
comment on function register_patient(text, text, text, text) is
  'Returns the id of the patient of a user of the patients'' pool, and creates the patient if there is none, so it can be repeated. Pass '
  'p_email only if Cognito has verified it. A doctor or an admin may have the same address: their logins are in another pool.';
revoke execute on function register_patient(text, text, text, text) from public;
grant execute on function register_patient(text, text, text, text) to patient_api, post_confirmation;

create or replace function read_profile(p_sub text, p_groups text[]) returns json
language sql stable security definer
set search_path = public, pg_temp
as $$
  select case
    when doctors.id is not null then json_build_object(
      'id', doctors.id, 'role', 'doctor', 'clinicId', doctors.clinic_id, 'name', doctors.name, 'email', doctors.email,
      'phone', doctors.phone, 'specialization', doctors.specialization, 'bio', doctors.bio)
    when patients.id is not null then json_build_object(
      'id', patients.id, 'role', 'patient', 'name', patients.name, 'email', patients.email, 'phone', patients.phone,
      'language', coalesce(patients.language, 'en'),
      'notifications', json_build_object(
        'email', patients.notify_by_email, 'sms', patients.notify_by_sms, 'reminders', patients.notify_reminders))
  end
  from actor(p_sub, p_groups)
  left join doctors on doctors.id = actor.doctor_id
  left join patients on patients.id = actor.patient_id
$$;
comment on function read_profile(text, text[]) is
  'The caller''s own profile in the format of the API; null without an active one. A caller who is both a doctor and a patient gets the '
  'doctor''s.';
revoke execute on function read_profile(text, text[]) from public;
grant execute on function read_profile(text, text[]) to patient_api;

create or replace function is_email_sync_due(p_sub text, p_token_issued_at timestamptz) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
  select exists (
    select from patients where cognito_sub = p_sub and active and (email_synced_at >= p_token_issued_at) is not true)
$$;
comment on function is_email_sync_due(text, timestamptz) is
  'Whether the address of a user''s patient must be compared with the one in Cognito: if the token is newer than all with which it was '
  'compared, or its time is unknown (null).';
revoke execute on function is_email_sync_due(text, timestamptz) from public;
grant execute on function is_email_sync_due(text, timestamptz) to patient_api;

create or replace function sync_verified_email(p_sub text, p_email text, p_token_issued_at timestamptz, p_request_id text) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_patient patients;
begin
  select * into v_patient from patients where cognito_sub = p_sub and active for no key update;
  -- A newer token may have been used since Cognito returned the address, which is outdated then.
  if v_patient.id is null or v_patient.email_synced_at >= p_token_issued_at then
    return false;
  end if;
  update patients set
    email = coalesce(p_email, email),
    email_synced_at = greatest(email_synced_at, p_token_issued_at)
  where id = v_patient.id;
  if coalesce(p_email, v_patient.email) is not distinct from v_patient.email then
    return false;
  end if;
  perform audit(p_sub, 'patient', 'change', 'patient', v_patient.id, null, array['email'], p_request_id);
  return true;
end $$;
comment on function sync_verified_email(text, text, timestamptz, text) is
  'Sets the email of a user''s patient to the address that Cognito has verified, and records the token with which it was compared; locks '
  'the patient. p_email is null if Cognito has verified none: the address stays. Returns whether the address changed: it stays if there is '
  'no active patient, or if a newer token was used meanwhile.';
revoke execute on function sync_verified_email(text, text, timestamptz, text) from public;
grant execute on function sync_verified_email(text, text, timestamptz, text) to patient_api;

create or replace function change_profile(p_sub text, p_groups text[], p_changes jsonb, p_request_id text) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_actor record;
begin
  select * into v_actor from actor(p_sub, p_groups);
  if v_actor.doctor_id is not null and p_changes ?| array['notifications', 'language'] then
    return json_build_object('outcome', 'invalid', 'field', case when p_changes ? 'language' then 'language' else 'notifications' end,
      'value', 'no value, because only patients have notification settings');
  end if;
  if v_actor.doctor_id is not null then
    update doctors set
      name = coalesce(p_changes ->> 'name', name),
      phone = case when p_changes ? 'phone' then p_changes ->> 'phone' else phone end
    where id = v_actor.doctor_id;
    perform audit(p_sub, 'doctor', 'change', 'doctor', v_actor.doctor_id, v_actor.doctor_clinic_id,
      array(select jsonb_object_keys(p_changes)), p_request_id);
  elsif v_actor.patient_id is not null then
    update patients set
      name = coalesce(p_changes ->> 'name', name),
      phone = case when p_changes ? 'phone' then p_changes ->> 'phone' else phone end,
      notify_by_email = coalesce((p_changes -> 'notifications' ->> 'email')::boolean, notify_by_email),
      notify_by_sms = coalesce((p_changes -> 'notifications' ->> 'sms')::boolean, notify_by_sms),
      notify_reminders = coalesce((p_changes -> 'notifications' ->> 'reminders')::boolean, notify_reminders),
      language = coalesce(p_changes ->> 'language', language)
    where id = v_actor.patient_id;
    perform audit(p_sub, 'patient', 'change', 'patient', v_actor.patient_id, null,
      array(select jsonb_object_keys(p_changes)), p_request_id);
  else
    return json_build_object('outcome', 'forbidden');
  end if;
  return json_build_object('outcome', 'done', 'profile', read_profile(p_sub, p_groups));
end $$;
comment on function change_profile(text, text[], jsonb, text) is
  'Changes the fields that p_changes contains: name, phone (null removes it) and, for a patient, language and notifications { email, sms, '
  'reminders }. Outcomes: done (profile), forbidden without an active profile, invalid (field) for language or notifications of a doctor.';
revoke execute on function change_profile(text, text[], jsonb, text) from public;
grant execute on function change_profile(text, text[], jsonb, text) to patient_api;
