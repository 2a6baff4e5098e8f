-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function is_staff_email(p_email text) returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select exists (select from doctors where lower(email) = lower(p_email)) or exists (select from staff where lower(email) = lower(p_email))
$$;
comment on function is_staff_email(text) is
  'Whether a doctor or an admin has this address, ignoring case: with or without a login, active or deactivated.';

create or replace function register_patient(p_sub text, p_name text, p_email text, p_phone text) returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_id uuid;
begin
  if is_staff_email(p_email) then
    return null;
  end if;
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
  'Returns the id of a Cognito user''s patient, and creates the patient if there is none, so it can be repeated. Pass p_email only if '
  'Cognito has verified it. Null, without a change, if the address is that of a doctor or an admin: their logins are not registered this '
  'way.';
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

create or replace function sync_verified_email(p_sub text, p_email text, p_request_id text) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_patient patients;
begin
  select * into v_patient from patients where cognito_sub = p_sub and active for no key update;
  if v_patient.id is null or is_staff_email(p_email) then
    return false;
  end if;
  if v_patient.email is distinct from p_email then
    update patients set email = p_email where id = v_patient.id;
    perform audit(p_sub, 'patient', 'change', 'patient', v_patient.id, null, array['email'], p_request_id);
  end if;
  return true;
end $$;
comment on function sync_verified_email(text, text, text) is
  'Sets the email of a Cognito user''s patient to the address that Cognito has verified; locks the patient. False, without a change, if '
  'there is no active patient or the address is that of a doctor or an admin.';
revoke execute on function sync_verified_email(text, text, text) from public;
grant execute on function sync_verified_email(text, text, text) to patient_api;

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
