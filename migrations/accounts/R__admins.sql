create or replace function add_admin(p_email text, p_name text, p_clinic_id uuid) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare v_id uuid;
begin
  if p_clinic_id is not null and not exists (select from clinics where id = p_clinic_id) then
    return json_build_object('outcome', 'not_found', 'field', 'clinicId');
  end if;
  insert into staff (clinic_id, name, email) values (p_clinic_id, p_name, p_email)
  on conflict (lower(email)) do update set clinic_id = p_clinic_id, active = true
  returning id into v_id;
  perform audit('operator', 'operator', 'create', 'staff', v_id, p_clinic_id, array['clinic_id', 'active'], v_id::text);
  return json_build_object('outcome', 'done', 'staffId', v_id);
end $$;
comment on function add_admin(text, text, uuid) is
  'Makes a person an admin of a clinic, or of the platform if p_clinic_id is null; also one who was deactivated. The admin can act once '
  'link_admin_login() has linked a login. For operators. Outcomes: done (staffId), not_found (clinicId).';
revoke execute on function add_admin(text, text, uuid) from public;
grant execute on function add_admin(text, text, uuid) to create_admin;

create or replace function link_admin_login(p_staff_id uuid, p_login_sub text) returns json
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  if exists (select from staff where cognito_sub = p_login_sub and id <> p_staff_id)
    or exists (select from staff where id = p_staff_id and cognito_sub <> p_login_sub) then
    return json_build_object('outcome', 'email_in_use');
  end if;
  update staff set cognito_sub = p_login_sub where id = p_staff_id and cognito_sub is null;
  if found then
    perform audit('operator', 'operator', 'link_login', 'staff', p_staff_id, null, array['cognito_sub'], p_staff_id::text);
  end if;
  return json_build_object('outcome', 'done');
end $$;
comment on function link_admin_login(uuid, text) is
  'Links an admin to the user of the staff''s pool that may act as them. Outcomes: done, also if it is linked already; email_in_use if the '
  'login is another admin''s, or if the admin has another login.';
revoke execute on function link_admin_login(uuid, text) from public;
grant execute on function link_admin_login(uuid, text) to create_admin;
