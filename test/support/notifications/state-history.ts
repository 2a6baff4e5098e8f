import type pg from 'pg';

/** A state that something had, as the database noted it: `until` is when it had the next one. */
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

/** All that appointments and patients have been, oldest first. */
export interface StateHistory {
  readonly appointments: ReadonlyMap<string, readonly PastState<AppointmentState>[]>;
  readonly patients: ReadonlyMap<string, readonly PastState<PatientState>[]>;
}

/** Lets the database note from now on what becomes of appointments and patients: by triggers, of which no function knows. */
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

/** What was noted. */
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

/** The states that something may have been seen in at a time between these two, either included. */
export function listStatesBetween<State>(
  pastState: readonly PastState<State>[] | undefined,
  from: number,
  to: number,
): State[] {
  return (pastState ?? []).filter(({ at, until }) => at <= to && until >= from).map(({ state }) => state);
}
