import type { Db } from '../shared/sql.ts';
import type { Script } from './scripts.ts';

/** A run of a script, as Flyway notes it. */
export interface HistoryRow {
  readonly installed_rank: number;
  readonly version: string | null;
  readonly description: string;
  readonly type: string;
  readonly script: string;
  readonly checksum: number | null;
  readonly success: boolean;
}

/** Makes Flyway's own table with Flyway's own names, unless it is there already. */
export async function createHistory(db: Db): Promise<void> {
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

/** Every run there has been, the oldest first. */
export async function listHistory(db: Db): Promise<HistoryRow[]> {
  const { rows } = await db.query<HistoryRow>(
    `select installed_rank, version, description, type, script, checksum, success
     from public.flyway_schema_history
     order by installed_rank`,
  );
  return rows;
}

/** Notes a run and returns its rank. Only the holder of the migration lock may: nothing else keeps two ranks apart. */
export async function insertHistory(
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
  if (row === undefined) throw new Error(`The history took no row for ${script.file}.`);
  return row.installed_rank;
}

/** Turns the row of a script that was noted as failed before it ran into one of success. */
export async function setSucceeded(db: Db, rank: number, milliseconds: number): Promise<void> {
  await db.query(
    `update public.flyway_schema_history
     set success = true, execution_time = $2::integer
     where installed_rank = $1::integer`,
    [rank, Math.round(milliseconds)],
  );
}
