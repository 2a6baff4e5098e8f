import type pg from 'pg';

/** The clock of a test database, which can be moved and stopped. The system clock is not changed. */
export interface TestClock {
  now(): Promise<Date>;
  /** Stops the clock at the instant. */
  stopAt(instant: Date): Promise<void>;
  /** Sets the clock to the instant and lets it run. */
  startAt(instant: Date): Promise<void>;
  /** Moves the clock forward; it stays stopped or running. */
  advance(seconds: number): Promise<void>;
  /** Returns to the system clock. */
  reset(): Promise<void>;
}

/** Replaces the SQL function clock() in this database, which only the owner can do. */
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
      if (!rows[0]) throw new Error('clock() returned no row.');
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

/** Stops clock() at an instant (epoch milliseconds) in a database without a test clock. */
export const setClock = (owner: pg.Client, now: number) =>
  owner.query(
    `create or replace function clock() returns timestamptz language sql stable
     as $$ select '${new Date(now).toISOString()}'::timestamptz $$`,
  );

/** Makes clock() return the system time again. */
export const resetClock = (owner: pg.Client) =>
  owner.query(
    'create or replace function clock() returns timestamptz language sql stable as $$ select clock_timestamp() $$',
  );
