-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function actor(p_sub text, p_groups text[])
returns table (patient_id uuid, doctor_id uuid, doctor_clinic_id uuid, is_admin boolean, admin_clinic_id uuid)
language sql stable security definer
set search_path = public, pg_temp
as $$
  select patients.id, doctors.id, doctors.clinic_id, staff.id is not null, staff.clinic_id
  from (select) single_row
  left join patients on patients.cognito_sub = p_sub and patients.active and 'patient' = any (p_groups)
  left join doctors on doctors.cognito_sub = p_sub and doctors.active and 'doctor' = any (p_groups)
  left join staff on staff.cognito_sub = p_sub and staff.active and 'admin' = any (p_groups)
$$;
comment on function actor(text, text[]) is
  'The actor of a caller: always one row. A right needs the group in a token of its user pool and an active row with the caller''s sub, so a '
  'deactivated person loses access at once. admin_clinic_id is null for a platform admin.';

create or replace function actor_manages_clinic(p_sub text, p_groups text[], p_clinic_id uuid)
returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select is_admin and (admin_clinic_id is null or admin_clinic_id = p_clinic_id) from actor(p_sub, p_groups)
$$;
comment on function actor_manages_clinic(text, text[], uuid) is 'Whether the caller is an active admin of this clinic or of the platform.';

create or replace function is_patient_of_clinic(p_patient_id uuid, p_clinic_id uuid)
returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select exists (select from patients where id = p_patient_id and clinic_id = p_clinic_id)
    or exists (select from appointments where patient_id = p_patient_id and clinic_id = p_clinic_id)
$$;
comment on function is_patient_of_clinic(uuid, uuid) is
  'Whether the patient was entered by the clinic''s staff, or has or had an appointment there. The staff of a clinic can act for no other '
  'patients.';

create or replace function actor_manages_doctor(p_sub text, p_groups text[], p_doctor_id uuid) returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(actor.doctor_id = p_doctor_id or actor_manages_clinic(p_sub, p_groups, doctors.clinic_id), false)
  from doctors, actor(p_sub, p_groups)
  where doctors.id = p_doctor_id
$$;
comment on function actor_manages_doctor(text, text[], uuid) is
  'Whether the caller is this doctor, or an active admin of the doctor''s clinic or of the platform. Null if the doctor does not exist.';
