import type { Db } from '../shared/sql.ts';
import type { Script } from './read-scripts.ts';

/** A row of Flyway's history: one run of a script. */
export interface HistoryRow {
  readonly installed_rank: number;
  readonly version: string | null;
  readonly description: string;
  readonly type: string;
  readonly script: string;
  readonly checksum: number | null;
  readonly success: boolean;
}

/** Creates Flyway's history table, with Flyway's names, if it does not exist. */
export async function createHistoryTable(db: Db): Promise<void> {
  await db.query(
    `create table if not exists public.flyway_schema_history (
       installed_rank integer not null,
       version varchar(50),
       description varchar(200) not null,
       type varchar(20) not null,
       script varchar(1000) not null,
       checksum integer,
       installed_by varchar(100) not null,
       installed_on timestamp not null default now(),
       execution_time integer not null,
       success boolean not null,
       constraint flyway_schema_history_pk primary key (installed_rank)
     );
     create index if not exists flyway_schema_history_s_idx on public.flyway_schema_history (success)`,
  );
}

/** Returns all runs, the oldest first. */
export async function listHistory(db: Db): Promise<HistoryRow[]> {
  const { rows } = await db.query<HistoryRow>(
    `select installed_rank, version, description, type, script, checksum, success
     from public.flyway_schema_history
     order by installed_rank`,
  );
  return rows;
}

/** Inserts a run and returns its rank. The caller must hold the migration lock: without it two runs could get the same rank. */
export async function insertHistoryRow(
  db: Db,
  script: Script,
  run: { readonly milliseconds: number; readonly success: boolean },
): Promise<number> {
  const { rows } = await db.query<{ installed_rank: number }>(
    `insert into public.flyway_schema_history
       (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
     select coalesce(max(installed_rank), 0) + 1, $1::text, $2::text, 'SQL',
            $3::text, $4::integer, current_user, $5::integer, $6::boolean
     from public.flyway_schema_history
     returning installed_rank`,
    [script.version, script.description, script.file, script.checksum, Math.round(run.milliseconds), run.success],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`No history row was inserted for ${script.file}.`);
  return row.installed_rank;
}

/** Marks a run as successful that was inserted as failed before its script ran. */
export async function markSucceeded(db: Db, rank: number, milliseconds: number): Promise<void> {
  await db.query(
    `update public.flyway_schema_history
     set success = true, execution_time = $2::integer
     where installed_rank = $1::integer`,
    [rank, Math.round(milliseconds)],
  );
}
