-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function unsubscribe_token(p_patient_id uuid) returns text
language sql stable
set search_path = public, pg_temp
as $$
  select p_patient_id || '.' || translate(encode(hmac(convert_to(p_patient_id::text, 'UTF8'), secret, 'sha256'), 'base64'), '+/=', '-_')
  from signing_keys where purpose = 'unsubscribe'
$$;
comment on function unsubscribe_token(uuid) is
  'The token in the unsubscribe link of a patient''s emails: the patient''s id and its HMAC (RFC 2104, SHA-256), so it cannot be forged.';

create or replace function patient_of_unsubscribe_token(p_token text) returns uuid
language sql stable
set search_path = public, pg_temp
as $$
  select patients.id from patients
  where patients.id::text = split_part(p_token, '.', 1) and digest(p_token, 'sha256') = digest(unsubscribe_token(patients.id), 'sha256')
$$;
comment on function patient_of_unsubscribe_token(text) is
  'The patient of an unsubscribe token; null if we did not sign it. Compares digests, so that the duration reveals nothing about the '
  'right token.';

create or replace function read_unsubscribe_language(p_token text) returns text
language sql stable security definer
set search_path = public, pg_temp
as $$
  select coalesce(language, 'en') from patients where id = patient_of_unsubscribe_token(p_token)
$$;
comment on function read_unsubscribe_language(text) is 'The language of the patient of an unsubscribe token; null if we did not sign it.';
revoke execute on function read_unsubscribe_language(text) from public;
grant execute on function read_unsubscribe_language(text) to patient_api;

create or replace function unsubscribe(p_token text, p_request_id text) returns text
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_patient patients;
begin
  select * into v_patient from patients where id = patient_of_unsubscribe_token(p_token) for no key update;
  if v_patient.notify_by_email then
    update patients set notify_by_email = false where id = v_patient.id;
    perform audit('unsubscribe link', 'patient', 'change', 'patient', v_patient.id, null, array['notifications'], p_request_id);
  end if;
  return case when v_patient.id is not null then coalesce(v_patient.language, 'en') end;
end $$;
comment on function unsubscribe(text, text) is
  'Turns off emails for the patient of an unsubscribe token, locks the patient, and returns their language; null, without a change, if we '
  'did not sign it.';
revoke execute on function unsubscribe(text, text) from public;
grant execute on function unsubscribe(text, text) to patient_api;
