alter table outbox add column request_id text;
comment on column outbox.request_id is 'The request or the run that made the change, so that it can tell the index at once; null if nobody waits for that.';
create index outbox_of_request on outbox (request_id) where indexed_at is null;

do $$
declare v_role text;
begin
  foreach v_role in array array['outbox_relay', 'resync_index'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I login', v_role);
    end if;
  end loop;
end $$;
grant rds_iam to outbox_relay, resync_index;
alter role outbox_relay set statement_timeout = '10s';
alter role resync_index set statement_timeout = '20s';

-- medbook:contract nothing is deployed that calls it without the request that it plans for
drop function if exists plan_slots(uuid);
-- medbook:contract nothing is deployed that calls it and expects no changes in its answer
drop function if exists book_appointment(uuid, text, text[], uuid, uuid, uuid, text, timestamptz, uuid, integer, text, text, boolean, text, text, text, integer);
-- medbook:contract nothing is deployed that calls it and expects no changes in its answer
drop function if exists change_appointment(text, uuid, text, text[], jsonb, integer, text, text, text, integer);

-- The first free slots of a doctor, for the soonest times across clinics: without it, whoever is fully booked costs a look at every slot.
create index availability_slots_by_doctor on availability_slots (doctor_id, start_time)
  include (end_time, status, held_until)
  where release_to = 'free' and status in ('free', 'held');
