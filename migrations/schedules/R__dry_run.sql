create or replace function raise_if_dry_run(p_dry_run boolean) returns void
language plpgsql
as $$
begin
  if p_dry_run then
    raise exception using errcode = 'MB003', message = 'a dry run';
  end if;
end $$;
comment on function raise_if_dry_run(boolean) is
  'Ends a dry run: raises MB003, which the caller catches around its whole change. The variables of the caller keep what would happen.';
