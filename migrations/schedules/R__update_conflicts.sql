-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function update_conflicts(p_unfit_ids uuid[], p_fit_ids uuid[], p_now timestamptz, p_request_id text) returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
  v_opened_ids uuid[];
  v_ended_ids uuid[];
begin
  if p_unfit_ids = '{}' and p_fit_ids = '{}' then
    return;
  end if;
  perform from appointments where id = any (p_unfit_ids || p_fit_ids) order by id for no key update;
  with opened as (
    insert into schedule_conflicts (clinic_id, doctor_id, appointment_id, start_time, opened_at)
    select clinic_id, doctor_id, id, start_time, p_now from appointments where id = any (p_unfit_ids) and conflict_id is null
    returning id, appointment_id
  ), marked as (
    update appointments a set conflict_id = opened.id, version = a.version + 1
    from opened where a.id = opened.appointment_id
    returning a.id
  )
  select coalesce(array_agg(id), '{}') into v_opened_ids from marked;
  perform publish_conflicts(v_opened_ids, 'appointment_conflict', p_request_id);
  perform audit('system', 'system', 'open_conflict', 'appointment', id, clinic_id, array['conflict_id'], p_request_id)
  from appointments where id = any (v_opened_ids);

  v_ended_ids := array(
    select a.id from appointments a
    where a.id = any (p_fit_ids) and a.id <> all (p_unfit_ids) and a.conflict_id is not null
      -- All slots of the appointment must fit, also those outside the range that was planned.
      and not exists (
        select from appointment_slots claims
        join availability_slots slots on slots.id = claims.slot_id
        where claims.appointment_id = a.id and claims.active and slots.status_when_released <> 'free'
          and not is_within_openings(slots.doctor_id, slots.clinic_id, slots.start_time, slots.end_time, slots.seat)));
  perform resolve_conflicts(v_ended_ids, 'fits_again', 'system', p_now);
  update appointments set conflict_id = null, version = version + 1 where id = any (v_ended_ids);
  perform publish_conflicts(v_ended_ids, 'appointment_fits_again', p_request_id);
  perform audit('system', 'system', 'clear_conflict', 'appointment', id, clinic_id, array['conflict_id'], p_request_id)
  from appointments where id = any (v_ended_ids);
end $$;
comment on function update_conflicts(uuid[], uuid[], timestamptz, text) is
  'Opens a conflict for each of p_unfit_ids, the appointments at times at which their doctor no longer works, and ends the conflicts of '
  'p_fit_ids. Each change is a new version of the appointment and an outbox row. The caller has locked their slots; locks the appointments.';

create or replace function publish_conflicts(p_appointment_ids uuid[], p_event text, p_request_id text) returns void
language sql
set search_path = public, pg_temp
as $$
  insert into outbox (kind, clinic_id, appointment_id, patient_id, version, former, request_id)
  select p_event, clinic_id, id, patient_id, version, jsonb_build_object('status', status), p_request_id
  from appointments where id = any (p_appointment_ids)
$$;
comment on function publish_conflicts(uuid[], text, text) is
  'Writes an outbox row for the conflict of each of these appointments: appointment_conflict, or appointment_fits_again. Patients get no '
  'message about a hold.';

create or replace function resolve_conflicts(p_appointment_ids uuid[], p_resolution text, p_resolved_by text, p_now timestamptz) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  update schedule_conflicts set resolution = p_resolution, resolved_by = p_resolved_by, resolved_at = p_now
  where appointment_id = any (p_appointment_ids) and resolution is null;
end $$;
comment on function resolve_conflicts(uuid[], text, text, timestamptz) is
  'Ends the open conflicts of these appointments, because they fit again or were moved, cancelled or concluded (p_resolution), by patient, '
  'clinic or system. The caller has locked the appointments and sets their conflict_id to null.';

create or replace function conflicts_of_doctors(p_doctor_ids uuid[], p_from timestamptz, p_to timestamptz) returns json
language sql stable
set search_path = public, pg_temp
as $$
  select coalesce(json_agg(appointment_json(a.id) order by a.start_time, a.id), '[]')
  from schedule_conflicts conflict
  join appointments a on a.id = conflict.appointment_id
  where conflict.doctor_id = any (p_doctor_ids) and conflict.resolution is null
    and appointment_status(a.status, a.expires_at) in ('pending', 'booked') and a.start_time > clock()
    and a.start_time < p_to and a.end_time > p_from
$$;
comment on function conflicts_of_doctors(uuid[], timestamptz, timestamptz) is
  'The future appointments of these doctors in [p_from, p_to) with an open conflict, as appointment_json() builds them, by start.';
