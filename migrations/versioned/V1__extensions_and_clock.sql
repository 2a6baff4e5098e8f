-- For exclusion constraints that combine an equality with an overlap of ranges.
create extension if not exists btree_gist;

-- The clock of all rules. It is stable, because an index condition cannot use a volatile function. It is a function of its own, because
-- a test system may replace it to move the time. In production only the owner of the schema can replace it.
create function clock() returns timestamptz
language sql stable
as $$ select clock_timestamp() $$;
comment on function clock() is
  'The current instant. A rule reads it once, at its start, and never uses now(), which is the start of the transaction.';
