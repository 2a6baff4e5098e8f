create or replace function lifecycle()
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
comment on function lifecycle() is
  'The moves of an appointment, and nothing else knows them: which command takes it from which status to which, who may give it (the '
  'patient whose it is, its doctor, an admin of its clinic; system: nobody), and the kind of the outbox row that tells of it.';

create or replace function refused_move(p_command text, p_status text) returns json
language sql immutable
set search_path = public, pg_temp
as $$
  select case
    when p_status = 'expired' and p_command in ('confirm', 'renew') then json_build_object('outcome', 'hold_expired')
    else json_build_object('outcome', 'illegal_transition', 'command', p_command, 'from', p_status, 'to', (
      select to_status from lifecycle() where command = p_command limit 1))
  end
$$;
comment on function refused_move(text, text) is 'What a command answers that finds an appointment in a status from which it does not lead.';
