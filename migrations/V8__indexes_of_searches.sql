-- For the soonest times with somebody of a specialization that few have, across clinics.
create index doctors_by_specialization on doctors (lower(specialization), clinic_id) include (id) where active;

-- For all that a clinic has on a day, whatever became of it: what is offered has an index, and here is the rest. One index of all would tempt
-- the planner where only what is offered is asked for.
create index availability_slots_not_offered on availability_slots (clinic_id, start_time)
  where not (release_to = 'free' and status in ('free', 'held'));
