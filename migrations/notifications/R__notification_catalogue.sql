-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function notification_catalogue()
returns table (event text, kind text, recipient text, channels text[], only_if_booked boolean, respects_quiet_hours boolean)
language sql immutable
as $$
  values
    ('account_created',         'account_created',         'patient',       array['email'],        false, false),
    ('appointment_held',        'appointment_held',        'patient',       array['email', 'sms'], false, false),
    ('appointment_booked',      'appointment_booked',      'patient',       array['email', 'sms'], false, false),
    ('appointment_booked',      'appointment_booked',      'doctor',        array['email'],        false, false),
    ('appointment_booked',      'appointment_booked',      'clinic',        array['email'],        false, false),
    ('appointment_confirmed',   'appointment_confirmed',   'patient',       array['email', 'sms'], false, false),
    ('appointment_confirmed',   'appointment_confirmed',   'doctor',        array['email'],        false, false),
    ('appointment_confirmed',   'appointment_confirmed',   'clinic',        array['email'],        false, false),
    ('appointment_rescheduled', 'appointment_rescheduled', 'patient',       array['email', 'sms'], false, false),
    ('appointment_rescheduled', 'appointment_rescheduled', 'doctor',        array['email'],        false, false),
    ('appointment_rescheduled', 'appointment_reassigned',  'former_doctor', array['email'],        false, false),
    ('appointment_rescheduled', 'appointment_rescheduled', 'clinic',        array['email'],        false, false),
    ('appointment_cancelled',   'appointment_cancelled',   'patient',       array['email', 'sms'], false, false),
    ('appointment_cancelled',   'appointment_cancelled',   'doctor',        array['email'],        true,  false),
    ('appointment_cancelled',   'appointment_cancelled',   'clinic',        array['email'],        true,  false),
    ('appointment_conflict',    'appointment_conflict',    'patient',       array['email', 'sms'], true,  false),
    ('appointment_fits_again',  'appointment_fits_again',  'patient',       array['email', 'sms'], true,  false),
    ('appointment_expired',     'appointment_expired',     'patient',       array['email', 'sms'], false, false),
    ('appointment_completed',   'appointment_completed',   'patient',       array['email'],        false, false),
    ('reminder_due',            'appointment_reminder',    'patient',       array['email', 'sms'], false, true)
$$;
comment on function notification_catalogue() is
  'The notifications, defined only here: which recipients get a message about which event, of which kind and over which channels, if they '
  'have the channel and want it. Events are the kinds of outbox rows, and reminder_due. only_if_booked: not for a hold, about which the '
  'recipient got no message.';

create or replace function notification_id(
  p_recipient text, p_recipient_id uuid, p_subject_id uuid, p_kind text, p_channel text, p_occurrence text) returns uuid
language sql immutable
set search_path = public, pg_temp
as $$
  select encode(set_byte(set_byte(hash.bytes, 6, (get_byte(hash.bytes, 6) & 15) | 80), 8, (get_byte(hash.bytes, 8) & 63) | 128), 'hex')::uuid
  from (select substr(digest(
    decode('6f2f5d0a3b6b4a4e9a4b0c7d1e5f8a21', 'hex')
      || convert_to(concat_ws(' ', p_recipient, p_recipient_id, p_subject_id, p_kind, p_channel, p_occurrence), 'UTF8'), 'sha1'), 1, 16) as bytes) hash
$$;
comment on function notification_id(text, uuid, uuid, text, text, text) is
  'The id of a message: a UUID of version 5 (RFC 9562) in our own namespace, derived from the recipient, the subject, the kind, the '
  'channel and the occurrence (the appointment''s version; for a reminder its start and lead time). The same message always has the same '
  'id.';

create or replace function notification_address(p_recipient text, p_recipient_id uuid, p_channel text) returns text
language sql stable
set search_path = public, pg_temp
as $$
  select case p_recipient
    when 'patient' then (
      select case
        when p_channel = 'email' and notify_by_email then email
        when p_channel = 'sms' and notify_by_sms then phone
      end
      from patients where id = p_recipient_id and active)
    when 'doctor' then (select case p_channel when 'email' then email end from doctors where id = p_recipient_id and active)
    when 'clinic' then (select case p_channel when 'email' then notification_email end from clinics where id = p_recipient_id)
  end
$$;
comment on function notification_address(text, uuid, text) is
  'The current address of a recipient for a channel; null if they have none, do not want the channel, or are not active.';
