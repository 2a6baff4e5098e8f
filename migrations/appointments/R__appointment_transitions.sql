-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function appointment_transitions()
returns table (command text, from_status text, to_status text, roles text[], event text)
language sql immutable
as $$
  values
    ('confirm',    'pending', 'booked',    array['patient', 'admin'], 'appointment_confirmed'),
    ('renew',      'pending', 'pending',   array['patient', 'admin'], 'appointment_renewed'),
    ('expire',     'pending', 'expired',   array['system'],           'appointment_expired'),
    ('cancel',     'pending', 'cancelled', array['patient', 'admin'], 'appointment_cancelled'),
    ('cancel',     'booked',  'cancelled', array['patient', 'admin'], 'appointment_cancelled'),
    ('reschedule', 'booked',  'booked',    array['patient', 'admin'], 'appointment_rescheduled'),
    ('complete',   'booked',  'completed', array['doctor', 'admin'],  'appointment_completed'),
    ('no_show',    'booked',  'no_show',   array['doctor', 'admin'],  'appointment_no_show')
$$;
comment on function appointment_transitions() is
  'The transitions of an appointment, defined only here: which command leads from which status to which, which roles may execute it '
  '(patient: its own patient, doctor: its doctor, admin: an admin of its clinic, system: no caller), and the kind of the outbox row that '
  'is written.';

create or replace function transition_refusal(p_command text, p_status text) returns json
language sql immutable
set search_path = public, pg_temp
as $$
  select case
    when p_status = 'expired' and p_command in ('confirm', 'renew') then json_build_object('outcome', 'hold_expired')
    else json_build_object('outcome', 'illegal_transition', 'command', p_command, 'from', p_status, 'to', (
      select to_status from appointment_transitions() where command = p_command limit 1))
  end
$$;
comment on function transition_refusal(text, text) is
  'The refusal of a command that has no transition from this status: hold_expired, or illegal_transition (command, from, to).';
