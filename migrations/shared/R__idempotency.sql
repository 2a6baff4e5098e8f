create or replace function begin_command(
  p_sub text, p_route text, p_idempotency_key text, p_request_hash text, p_request_id text,
  out result json, out replayed boolean, out request_id text)
language plpgsql
set search_path = public, pg_temp
as $$
declare v_stored idempotency_keys;
begin
  replayed := false;
  request_id := p_request_id;
  if p_idempotency_key is null then
    return;
  end if;
  loop
    -- Waits while another transaction executes a command with this key.
    insert into idempotency_keys (caller_sub, route, key, request_hash, request_id)
    values (p_sub, p_route, p_idempotency_key, p_request_hash, p_request_id)
    on conflict on constraint idempotency_keys_pkey do nothing;
    if found then
      return;
    end if;
    select * into v_stored from idempotency_keys where (caller_sub, route, key) = (p_sub, p_route, p_idempotency_key);
    if found then
      if v_stored.request_hash <> p_request_hash then
        result := json_build_object('outcome', 'idempotency_key_reused');
        return;
      end if;
      result := v_stored.result;
      -- The same request id is our own retry after a lost connection, not a retry by the client.
      replayed := v_stored.request_id <> p_request_id;
      request_id := v_stored.request_id;
      return;
    end if;
    -- The other command had no final result and deleted its key, so this one tries again.
  end loop;
end $$;
comment on function begin_command(text, text, text, text, text) is
  'The first lock of every command: the idempotency key, per caller and route. A null result means: execute the command, then call '
  'end_command(). Otherwise the result is the stored one of the request request_id (replayed: the client sent that one before), or '
  'idempotency_key_reused if the key was used for another body. Without a key it locks nothing.';

create or replace function end_command(p_sub text, p_route text, p_idempotency_key text, p_result json) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  if p_idempotency_key is null then
    return;
  end if;
  -- Only the results of 2xx and 409 responses are final. After any other result a retry may have another one.
  if p_result ->> 'outcome' in (
    'done', 'slot_taken', 'patient_busy', 'illegal_transition', 'hold_expired', 'already_renewed', 'too_late_to_cancel', 'too_late_to_reschedule',
    'too_early', 'too_many_holds', 'too_many_appointments', 'too_many_no_shows') then
    update idempotency_keys set result = p_result where (caller_sub, route, key) = (p_sub, p_route, p_idempotency_key);
  else
    delete from idempotency_keys where (caller_sub, route, key) = (p_sub, p_route, p_idempotency_key);
  end if;
end $$;
comment on function end_command(text, text, text, json) is
  'Stores a final result with the idempotency key, in the transaction of the command. After any other result it deletes the key, so that '
  'a retry executes the command again.';
