alter table patients add column email_synced_at timestamptz;
comment on column patients.email_synced_at is
  'When Cognito issued the newest token with which email was compared with the address that Cognito has verified. Null: never compared.';

-- medbook:contract the previous release only adds doctors and admins more slowly; no other statement looks a patient up by address
drop index patients_email;
