import type { Db } from '../../lambdas/shared/sql.ts';
import { singleRow } from '../../lambdas/shared/sql.ts';

/** Returns the time of MedBook's clock, and how many seconds it is ahead of the machine's. Any database role may call it. */
export async function readClock(db: Db): Promise<{ now: Date; aheadSeconds: number }> {
  return singleRow(
    await db.query<{ now: Date; aheadSeconds: number }>(
      'select clock() as now, round(extract(epoch from clock() - clock_timestamp()))::int as "aheadSeconds"',
    ),
  );
}

/**
 * Moves MedBook's clock forward by `seconds`, or resets it to the machine's, by replacing the SQL function clock(). `db` must be the
 * owner's connection.
 */
export async function moveClock(db: Db, seconds: number | 'reset'): Promise<void> {
  const { aheadSeconds } = await readClock(db);
  const offsetSeconds = seconds === 'reset' ? 0 : aheadSeconds + seconds;
  const timeExpression =
    offsetSeconds === 0 ? 'clock_timestamp()' : `clock_timestamp() + interval '${offsetSeconds} seconds'`;
  await db.query(
    `create or replace function clock() returns timestamptz language sql stable as $$ select ${timeExpression} $$`,
  );
}
