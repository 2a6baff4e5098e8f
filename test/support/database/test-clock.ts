import type pg from 'pg';

/** The clock of a database of the tests, which can be moved and stopped. It never touches the machine's. */
export interface TestClock {
  now(): Promise<Date>;
  /** Stands still there until it is moved. */
  stopAt(instant: Date): Promise<void>;
  /** Goes on from there. */
  startAt(instant: Date): Promise<void>;
  /** Jumps, and stands or goes on as it did. */
  advance(seconds: number): Promise<void>;
  /** Is the machine's again. */
  reset(): Promise<void>;
}

/** Replaces clock() in this database: what the schema provides for, and only an owner can do. */
export async function replaceClock(owner: pg.Client): Promise<TestClock> {
  await owner.query(`
    create table test_clock (stopped_at timestamptz, ahead interval not null default '0');
    insert into test_clock default values;
    grant select on test_clock to public;
    create or replace function clock() returns timestamptz
    language sql stable
    as $$ select coalesce(stopped_at, clock_timestamp() + ahead) from public.test_clock $$`);
  return {
    now: async () => {
      const { rows } = await owner.query<{ now: Date }>('select clock() as now');
      if (!rows[0]) throw new Error('The clock tells no time.');
      return rows[0].now;
    },
    stopAt: async (instant) => void (await owner.query('update test_clock set stopped_at = $1', [instant])),
    startAt: async (instant) =>
      void (await owner.query('update test_clock set stopped_at = null, ahead = $1::timestamptz - clock_timestamp()', [
        instant,
      ])),
    advance: async (seconds) =>
      void (await owner.query(
        `update test_clock set
           stopped_at = stopped_at + make_interval(secs => $1::double precision),
           ahead = ahead + make_interval(secs => $1::double precision)`,
        [seconds],
      )),
    reset: async () => void (await owner.query(`update test_clock set stopped_at = null, ahead = '0'`)),
  };
}

/** Stops clock() at an instant in a database whose clock is not replaced. */
export const setClock = (owner: pg.Client, now: number) =>
  owner.query(
    `create or replace function clock() returns timestamptz language sql stable
     as $$ select '${new Date(now).toISOString()}'::timestamptz $$`,
  );

/** Lets clock() be the machine's again. */
export const resetClock = (owner: pg.Client) =>
  owner.query(
    'create or replace function clock() returns timestamptz language sql stable as $$ select clock_timestamp() $$',
  );
