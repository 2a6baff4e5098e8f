-- medbook:contract no function names the column: it is written by its default and read by operators only
alter table audit_log rename column at to created_at;

comment on column staff.clinic_id is 'Null: a platform admin.';
comment on table appointment_slots is
  'Current (active) and past claims. A slot has at most one active claim. An appointment that was rescheduled away from a slot and back to '
  'it has several claims on that slot.';
comment on table blocked_addresses is 'Email addresses (lower case) and phone numbers to which no messages are sent any more.';
