alter table clinics add column holds_per_patient integer not null default 3
  constraint clinics_holds_per_patient check (holds_per_patient between 1 and 20);
alter table clinics add column appointments_per_patient integer not null default 10
  constraint clinics_appointments_per_patient check (appointments_per_patient between 1 and 100);
alter table clinics add column no_shows_per_patient integer not null default 3
  constraint clinics_no_shows_per_patient check (no_shows_per_patient between 1 and 100);
comment on column clinics.holds_per_patient is 'How many times a patient may hold at once, at all clinics together.';
comment on column clinics.appointments_per_patient is 'With how many future appointments at this clinic patients cannot book another by themselves.';
comment on column clinics.no_shows_per_patient is 'After how many missed appointments at this clinic, in a year, patients cannot book by themselves.';

alter table appointments add column renewed boolean not null default false;
alter table appointments add column reschedule_reason text;
comment on column appointments.reschedule_reason is 'Why it was moved, the last time; staff must say so after the cut-off.';
comment on column appointments.renewed is 'Whether the hold was renewed; that is possible once.';
-- For who sees all clinics.
create index appointments_by_start on appointments (start_time, id);
create index appointments_held on appointments (expires_at) where status = 'pending';
create index appointments_held_by_patient on appointments (patient_id) where status = 'pending';
create index appointments_missed on appointments (patient_id, clinic_id, start_time) where status = 'no_show';

create table booking_rates (
  caller_sub text not null,
  tried_at timestamptz[] not null default '{}',
  request_ids text[] not null default '{}',
  constraint booking_rates_pkey primary key (caller_sub),
  constraint booking_rates_pairs check (cardinality(tried_at) = cardinality(request_ids))
);
comment on table booking_rates is 'When each caller tried to book within the last minute, and by which requests: a repeat of a request is no second try.';

do $$
declare v_role text;
begin
  foreach v_role in array array['expire_holds', 'housekeeping'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I login', v_role);
    end if;
  end loop;
end $$;
grant rds_iam to expire_holds, housekeeping;
alter role expire_holds set statement_timeout = '20s';
alter role housekeeping set statement_timeout = '60s';

-- medbook:contract nothing is deployed that calls them with their former parameters
drop function if exists book_appointment(uuid, text, text[], uuid, uuid, uuid, text, timestamptz, uuid, integer, text, text, text, text, text);
-- medbook:contract called by the function above alone
drop function if exists try_booking(uuid, text, text, uuid, uuid, uuid, text, timestamptz, uuid, integer, text, text, text);
-- medbook:contract called by the function above alone
drop function if exists claim_slots(uuid, uuid, text, timestamptz, uuid, integer);
-- medbook:contract called by the function above alone
drop function if exists why_no_slots(uuid, uuid, text, timestamptz, uuid, integer);
-- medbook:contract nothing is deployed that calls it
drop function if exists cancel_appointment(uuid, text, text[], text, text, text, text);
-- medbook:contract called by the function above alone
drop function if exists try_cancel(text, text, uuid, text, text);
