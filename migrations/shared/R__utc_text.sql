-- Functions of other scripts may not exist yet: the migrator checks the bodies after the last script.
set local check_function_bodies = off;

create or replace function to_utc_text(p_instant timestamptz) returns text
language sql stable strict
as $$ select to_char(p_instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;
comment on function to_utc_text(timestamptz) is 'An instant in the format of the API: RFC 3339, UTC, whole seconds.';
