-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function audit(p_sub text, p_role text, p_action text, p_entity text, p_entity_id uuid, p_clinic_id uuid, p_changed_fields text[], p_request_id text)
returns void
language sql
set search_path = public, pg_temp
as $$
  insert into audit_log (actor_sub, actor_role, action, entity, entity_id, clinic_id, changed_fields, request_id)
  values (p_sub, p_role, p_action, p_entity, p_entity_id, p_clinic_id, p_changed_fields, p_request_id)
$$;
comment on function audit(text, text, text, text, uuid, uuid, text[], text) is
  'Writes an audit_log row: who (Cognito sub and acting role) did what to which row, and the names of the changed fields, never their '
  'values.';
