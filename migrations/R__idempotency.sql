create or replace function begin_command(
  p_sub text, p_route text, p_key text, p_request_hash text, p_request_id text,
  out answer json, out replayed boolean, out request_id text)
language plpgsql
set search_path = public, pg_temp
as $$
declare v_stored idempotency_keys;
begin
  replayed := false;
  request_id := p_request_id;
  if p_key is null then
    return;
  end if;
  loop
    -- Waits here while another transaction does the same command.
    insert into idempotency_keys (caller_sub, route, key, request_hash, request_id)
    values (p_sub, p_route, p_key, p_request_hash, p_request_id)
    on conflict on constraint idempotency_keys_pkey do nothing;
    if found then
      return;
    end if;
    select * into v_stored from idempotency_keys where (caller_sub, route, key) = (p_sub, p_route, p_key);
    if found then
      if v_stored.request_hash <> p_request_hash then
        answer := json_build_object('outcome', 'idempotency_key_reused');
        return;
      end if;
      answer := v_stored.answer;
      -- The same request again is its own repeat after a lost connection, and not the client's.
      replayed := v_stored.request_id <> p_request_id;
      request_id := v_stored.request_id;
      return;
    end if;
    -- The other one gave no answer worth keeping, and took its key back: this one may try.
  end loop;
end $$;
comment on function begin_command(text, text, text, text, text) is
  'The first lock of every command: the idempotency key, per caller and route. A null answer means: do the command, then end_command(). '
  'Otherwise the command has been done before (replayed, by the request of that id) or the key was used for another body.';

create or replace function end_command(p_sub text, p_route text, p_key text, p_answer json) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  if p_key is null then
    return;
  end if;
  -- Only what would be answered with 2xx or 409 is final. Anything else may come out differently when it is tried again.
  if p_answer ->> 'outcome' in (
    'done', 'slot_taken', 'patient_busy', 'illegal_transition', 'hold_expired', 'already_renewed', 'too_late_to_cancel', 'too_late_to_reschedule',
    'too_early', 'too_many_holds', 'too_many_appointments', 'too_many_no_shows') then
    update idempotency_keys set answer = p_answer where (caller_sub, route, key) = (p_sub, p_route, p_key);
  else
    delete from idempotency_keys where (caller_sub, route, key) = (p_sub, p_route, p_key);
  end if;
end $$;
comment on function end_command(text, text, text, json) is 'Keeps the answer with the key, in the transaction of the command itself, or gives the key back.';
