create or replace function address_of_staff(p_email text) returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select exists (select from doctors where lower(email) = lower(p_email)) or exists (select from staff where lower(email) = lower(p_email))
$$;
comment on function address_of_staff(text) is 'Whether the address is a doctor''s or an admin''s, with a login or not yet, at work or dismissed.';

create or replace function register_patient(p_sub text, p_name text, p_email text, p_phone text) returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_id uuid;
begin
  if address_of_staff(p_email) then
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
  'The patient of a Cognito user, made if there is none yet: to be called any number of times. p_email only if'
  ' Cognito has verified it. Null, and nothing done, for the address of a doctor or an admin: their login is made for them.';
revoke execute on function register_patient(text, text, text, text) from public;
grant execute on function register_patient(text, text, text, text) to patient_api, post_confirmation;

create or replace function my_profile(p_sub text, p_groups text[]) returns json
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
comment on function my_profile(text, text[]) is
  'The caller''s own profile as the API answers it, null without an active one. Who is both a doctor and a patient sees the doctor.';
revoke execute on function my_profile(text, text[]) from public;
grant execute on function my_profile(text, text[]) to patient_api;

create or replace function follow_my_email(p_sub text, p_email text, p_request_id text) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_patient patients;
begin
  select * into v_patient from patients where cognito_sub = p_sub and active for no key update;
  if v_patient.id is null or address_of_staff(p_email) then
    return false;
  end if;
  if v_patient.email is distinct from p_email then
    update patients set email = p_email where id = v_patient.id;
    perform audit(p_sub, 'patient', 'change', 'patient', v_patient.id, null, array['email'], p_request_id);
  end if;
  return true;
end $$;
comment on function follow_my_email(text, text, text) is
  'Gives the patient of a Cognito user the address that Cognito has verified. False, and nothing done, without an active patient and for '
  'the address of a doctor or an admin: their login is made for them.';
revoke execute on function follow_my_email(text, text, text) from public;
grant execute on function follow_my_email(text, text, text) to patient_api;

create or replace function change_my_profile(p_sub text, p_groups text[], p_changes jsonb, p_request_id text) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_actor record;
begin
  select * into v_actor from actor(p_sub, p_groups);
  if v_actor.doctor_id is not null and p_changes ?| array['notifications', 'language'] then
    return json_build_object('outcome', 'invalid', 'field', case when p_changes ? 'language' then 'language' else 'notifications' end,
      'value', 'nothing: only patients choose how they are told');
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
  return json_build_object('outcome', 'done', 'profile', my_profile(p_sub, p_groups));
end $$;
comment on function change_my_profile(text, text[], jsonb, text) is
  'Changes what p_changes names of name, phone (null removes it) and, for a patient, language and notifications { email, sms, reminders }. '
  'Outcomes: done, forbidden without an active profile, invalid for language or notifications of a doctor.';
revoke execute on function change_my_profile(text, text[], jsonb, text) from public;
grant execute on function change_my_profile(text, text[], jsonb, text) to patient_api;
