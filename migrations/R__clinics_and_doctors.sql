create or replace function create_clinic(p_sub text, p_groups text[], p_clinic_id uuid, p_clinic jsonb, p_request_id text) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  if not (select is_admin and admin_clinic_id is null from actor(p_sub, p_groups)) then
    return json_build_object('outcome', 'forbidden');
  end if;
  begin
    perform clock() at time zone (p_clinic ->> 'timeZone');
  exception when invalid_parameter_value then
    return json_build_object('outcome', 'invalid', 'field', 'timeZone', 'value', 'an IANA time zone name');
  end;
  insert into clinics (id, name, address, phone, currency, time_zone, slot_minutes, notice_minutes, horizon_days, cancellation_cutoff_minutes, hold_seconds,
    holds_per_patient, appointments_per_patient, no_shows_per_patient, notification_email, language, quiet_from, quiet_to, reminder_minutes)
  select p_clinic_id, name, address, phone, currency, "timeZone", "slotMinutes", "noticeMinutes", "horizonDays", "cancellationCutoffMinutes", "holdSeconds",
    "holdsPerPatient", "appointmentsPerPatient", "noShowsPerPatient", "notificationEmail", language, "quietFrom", "quietTo", "reminderMinutes"
  from jsonb_to_record(p_clinic) as c (
    name text, address text, phone text, currency text, "timeZone" text, "slotMinutes" integer, "noticeMinutes" integer,
    "horizonDays" integer, "cancellationCutoffMinutes" integer, "holdSeconds" integer, "holdsPerPatient" integer,
    "appointmentsPerPatient" integer, "noShowsPerPatient" integer, "notificationEmail" text, language text, "quietFrom" time, "quietTo" time,
    "reminderMinutes" integer[])
  on conflict on constraint clinics_pkey do nothing;
  if found then
    perform audit(p_sub, 'admin', 'create', 'clinic', p_clinic_id, p_clinic_id, array(select jsonb_object_keys(p_clinic)), p_request_id);
  end if;
  return json_build_object('outcome', 'done');
end $$;
comment on function create_clinic(text, text[], uuid, jsonb, text) is
  'Makes a clinic from the fields of the API''s body, every one given. The caller names it, so that a repeat makes no second one. Only for '
  'an admin of the platform: otherwise forbidden.';
revoke execute on function create_clinic(text, text[], uuid, jsonb, text) from public;
grant execute on function create_clinic(text, text[], uuid, jsonb, text) to staff_api;

create or replace function add_doctor(p_sub text, p_groups text[], p_clinic_id uuid, p_doctor jsonb, p_request_id text) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_doctor doctors;
  v_given doctors;
  v_currency text;
begin
  select currency into v_currency from clinics where id = p_clinic_id;
  if v_currency is null or actor_manages_clinic(p_sub, p_groups, p_clinic_id) is not true then
    return json_build_object('outcome', 'not_found', 'field', 'clinicId');
  end if;
  if patient_signs_in_with(p_doctor ->> 'email') then
    return json_build_object('outcome', 'email_in_use');
  end if;
  if p_doctor -> 'fee' ->> 'currency' <> v_currency then
    return json_build_object('outcome', 'invalid', 'field', 'fee.currency', 'value', v_currency || ', the currency of the clinic');
  end if;
  select null::uuid, p_clinic_id, null, name, email, phone, specialization, bio, coalesce((fee ->> 'amount')::integer, 0), "experienceYears" into
    v_given.id, v_given.clinic_id, v_given.cognito_sub, v_given.name, v_given.email, v_given.phone, v_given.specialization, v_given.bio,
    v_given.fee_amount, v_given.experience_years
  from jsonb_to_record(p_doctor) as d (
    name text, email text, phone text, specialization text, bio text, fee jsonb, "experienceYears" integer);

  insert into doctors (clinic_id, name, email, phone, specialization, bio, fee_amount, experience_years, active)
  values (v_given.clinic_id, v_given.name, v_given.email, v_given.phone, v_given.specialization, v_given.bio, v_given.fee_amount,
    v_given.experience_years, false)
  on conflict (lower(email)) do nothing
  returning * into v_doctor;
  if v_doctor.id is not null then
    perform audit(p_sub, 'admin', 'create', 'doctor', v_doctor.id, p_clinic_id, array(select jsonb_object_keys(p_doctor)), p_request_id);
    return json_build_object('outcome', 'done', 'doctorId', v_doctor.id);
  end if;

  select * into v_doctor from doctors where lower(email) = lower(v_given.email) for no key update;
  if v_doctor.clinic_id = p_clinic_id and v_doctor.cognito_sub is null then
    update doctors set
      (name, phone, specialization, bio, fee_amount, experience_years) =
      (v_given.name, v_given.phone, v_given.specialization, v_given.bio, v_given.fee_amount, v_given.experience_years)
    where id = v_doctor.id;
    perform audit(p_sub, 'admin', 'change', 'doctor', v_doctor.id, p_clinic_id, array(select jsonb_object_keys(p_doctor)), p_request_id);
    return json_build_object('outcome', 'done', 'doctorId', v_doctor.id);
  end if;
  if not v_doctor.active or
    (v_doctor.clinic_id, v_doctor.name, v_doctor.phone, v_doctor.specialization, v_doctor.bio, v_doctor.fee_amount, v_doctor.experience_years)
    is distinct from
    (v_given.clinic_id, v_given.name, v_given.phone, v_given.specialization, v_given.bio, v_given.fee_amount, v_given.experience_years) then
    return json_build_object('outcome', 'email_in_use');
  end if;
  return json_build_object('outcome', 'done', 'doctorId', v_doctor.id);
end $$;
comment on function add_doctor(text, text[], uuid, jsonb, text) is
  'Adds a doctor to a clinic, seen by nobody until link_doctor_login() has given them a login. Until then a repeat corrects what the call '
  'before said; after that the same doctor again is found, so that a call that broke off half way can be repeated. email_in_use: another '
  'doctor, or one who left, has this e-mail address.';
revoke execute on function add_doctor(text, text[], uuid, jsonb, text) from public;
grant execute on function add_doctor(text, text[], uuid, jsonb, text) to staff_api;

create or replace function link_doctor_login(p_sub text, p_groups text[], p_doctor_id uuid, p_login_sub text, p_request_id text) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_doctor doctors;
begin
  if actor_manages_doctor(p_sub, p_groups, p_doctor_id) is not true then
    return json_build_object('outcome', 'not_found', 'field', 'doctorId');
  end if;
  select * into v_doctor from doctors where id = p_doctor_id for no key update;
  if v_doctor.cognito_sub = p_login_sub then
    return json_build_object('outcome', 'done');
  end if;
  if v_doctor.cognito_sub is not null
    or exists (select from doctors where cognito_sub = p_login_sub)
    or exists (select from patients where cognito_sub = p_login_sub) then
    return json_build_object('outcome', 'email_in_use');
  end if;
  update doctors set cognito_sub = p_login_sub, active = true where id = p_doctor_id;
  perform audit(p_sub, 'admin', 'link_login', 'doctor', p_doctor_id, v_doctor.clinic_id, array['cognito_sub', 'active'], p_request_id);
  return json_build_object('outcome', 'done');
end $$;
comment on function link_doctor_login(text, text[], uuid, text, text) is
  'Gives a doctor the Cognito user that may act as them, and shows them to the public. A doctor keeps the login once linked; the login of '
  'another doctor or of a patient is refused with email_in_use.';
revoke execute on function link_doctor_login(text, text[], uuid, text, text) from public;
grant execute on function link_doctor_login(text, text[], uuid, text, text) to staff_api;
