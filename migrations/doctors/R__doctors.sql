create or replace function add_doctor(p_sub text, p_groups text[], p_clinic_id uuid, p_new_doctor jsonb, p_request_id text) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  v_doctor doctors;
  v_new_doctor doctors;
  v_currency text;
begin
  select currency into v_currency from clinics where id = p_clinic_id;
  if v_currency is null or actor_manages_clinic(p_sub, p_groups, p_clinic_id) is not true then
    return json_build_object('outcome', 'not_found', 'field', 'clinicId');
  end if;
  if p_new_doctor -> 'fee' ->> 'currency' <> v_currency then
    return json_build_object('outcome', 'invalid', 'field', 'fee.currency', 'value', v_currency || ', the currency of the clinic');
  end if;
  select null::uuid, p_clinic_id, null, name, email, phone, specialization, bio, coalesce((fee ->> 'amount')::integer, 0), "experienceYears" into
    v_new_doctor.id, v_new_doctor.clinic_id, v_new_doctor.cognito_sub, v_new_doctor.name, v_new_doctor.email, v_new_doctor.phone, v_new_doctor.specialization, v_new_doctor.bio,
    v_new_doctor.fee_amount, v_new_doctor.experience_years
  from jsonb_to_record(p_new_doctor) as d (
    name text, email text, phone text, specialization text, bio text, fee jsonb, "experienceYears" integer);

  insert into doctors (clinic_id, name, email, phone, specialization, bio, fee_amount, experience_years, active)
  values (v_new_doctor.clinic_id, v_new_doctor.name, v_new_doctor.email, v_new_doctor.phone, v_new_doctor.specialization, v_new_doctor.bio, v_new_doctor.fee_amount,
    v_new_doctor.experience_years, false)
  on conflict (lower(email)) do nothing
  returning * into v_doctor;
  if v_doctor.id is not null then
    perform audit(p_sub, 'admin', 'create', 'doctor', v_doctor.id, p_clinic_id, array(select jsonb_object_keys(p_new_doctor)), p_request_id);
    return json_build_object('outcome', 'done', 'doctorId', v_doctor.id);
  end if;

  select * into v_doctor from doctors where lower(email) = lower(v_new_doctor.email) for no key update;
  if v_doctor.clinic_id = p_clinic_id and v_doctor.cognito_sub is null then
    update doctors set
      (name, phone, specialization, bio, fee_amount, experience_years) =
      (v_new_doctor.name, v_new_doctor.phone, v_new_doctor.specialization, v_new_doctor.bio, v_new_doctor.fee_amount, v_new_doctor.experience_years)
    where id = v_doctor.id;
    perform audit(p_sub, 'admin', 'change', 'doctor', v_doctor.id, p_clinic_id, array(select jsonb_object_keys(p_new_doctor)), p_request_id);
    return json_build_object('outcome', 'done', 'doctorId', v_doctor.id);
  end if;
  if not v_doctor.active or
    (v_doctor.clinic_id, v_doctor.name, v_doctor.phone, v_doctor.specialization, v_doctor.bio, v_doctor.fee_amount, v_doctor.experience_years)
    is distinct from
    (v_new_doctor.clinic_id, v_new_doctor.name, v_new_doctor.phone, v_new_doctor.specialization, v_new_doctor.bio, v_new_doctor.fee_amount, v_new_doctor.experience_years) then
    return json_build_object('outcome', 'email_in_use');
  end if;
  return json_build_object('outcome', 'done', 'doctorId', v_doctor.id);
end $$;
comment on function add_doctor(text, text[], uuid, jsonb, text) is
  'Adds a doctor to a clinic, hidden from the public until link_doctor_login() has linked a login. Until then a retry replaces the '
  'doctor''s data. After that a retry with the same data succeeds, so that an interrupted call can be repeated. Locks an existing doctor. '
  'Outcomes: done (doctorId), not_found (clinicId), invalid (fee.currency), email_in_use if another doctor or a deactivated doctor has '
  'the address.';
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
    or exists (select from doctors where cognito_sub = p_login_sub) then
    return json_build_object('outcome', 'email_in_use');
  end if;
  update doctors set cognito_sub = p_login_sub, active = true where id = p_doctor_id;
  perform audit(p_sub, 'admin', 'link_login', 'doctor', p_doctor_id, v_doctor.clinic_id, array['cognito_sub', 'active'], p_request_id);
  return json_build_object('outcome', 'done');
end $$;
comment on function link_doctor_login(text, text[], uuid, text, text) is
  'Links a doctor to the user of the staff''s pool that may act as them, and makes the doctor public; locks the doctor. A linked login never '
  'changes. Outcomes: done, also if it is linked already; not_found (doctorId); email_in_use if the login is another doctor''s, or if the '
  'doctor has another login.';
revoke execute on function link_doctor_login(text, text[], uuid, text, text) from public;
grant execute on function link_doctor_login(text, text[], uuid, text, text) to staff_api;
