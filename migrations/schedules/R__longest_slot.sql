create or replace function longest_slot() returns interval
language sql immutable
as $$ select interval '4 hours' $$;
comment on function longest_slot() is
  'No slot is longer (clinics_slot_minutes, doctors_slot_minutes). So a slot that reaches into a time starts at most this long before it.';
