import type pg from 'pg';

/** A past state of a row, as the triggers recorded it; `until` is the instant of the next state. */
export interface PastState<State> {
  readonly at: number;
  readonly until: number;
  readonly state: State;
}

export interface AppointmentState {
  readonly id: string;
  readonly reference: string;
  readonly patient_id: string;
  readonly doctor_id: string;
  readonly clinic_id: string;
  readonly status: string;
  readonly version: number;
  readonly start_time: string;
  readonly end_time: string;
  readonly expires_at: string | null;
}

export interface PatientState {
  readonly id: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly notify_by_email: boolean;
  readonly notify_by_sms: boolean;
  readonly notify_reminders: boolean;
}

/** All past states of appointments and patients, oldest first. */
export interface StateHistory {
  readonly appointments: ReadonlyMap<string, readonly PastState<AppointmentState>[]>;
  readonly patients: ReadonlyMap<string, readonly PastState<PatientState>[]>;
}

/** Adds triggers that record all changes of appointments and patients from now on. */
export async function recordHistory(owner: pg.Client): Promise<void> {
  await owner.query(`
    create table test_history (
      id bigint generated always as identity, at timestamptz not null default clock(), name text, key uuid, state jsonb);
    create function note_history() returns trigger language plpgsql security definer set search_path = public, pg_temp
    as $$ begin
      insert into test_history (name, key, state) values (tg_table_name, new.id, to_jsonb(new));
      return null;
    end $$;
    create trigger history after insert or update on appointments for each row execute function note_history();
    create trigger history after insert or update on patients for each row execute function note_history()`);
}

/** Reads the recorded history. */
export async function readHistory(owner: pg.Client): Promise<StateHistory> {
  return { appointments: await readPastStates('appointments'), patients: await readPastStates('patients') };

  async function readPastStates<State>(name: string): Promise<Map<string, PastState<State>[]>> {
    const { rows } = await owner.query<{ key: string; at: Date; until: Date | null; state: State }>(
      `select key, at, lead(at) over (partition by key order by id) as until, state
       from test_history where name = $1 order by id`,
      [name],
    );
    const statesByKey = new Map<string, PastState<State>[]>();
    for (const { key, at, until, state } of rows) {
      const pastState = { at: at.getTime(), until: until?.getTime() ?? Number.POSITIVE_INFINITY, state };
      statesByKey.set(key, [...(statesByKey.get(key) ?? []), pastState]);
    }
    return statesByKey;
  }
}

/** Lists the states that were valid at some time between the two instants, both included. */
export function listStatesBetween<State>(
  pastState: readonly PastState<State>[] | undefined,
  from: number,
  to: number,
): State[] {
  return (pastState ?? []).filter(({ at, until }) => at <= to && until >= from).map(({ state }) => state);
}
