import type { Db } from '../../lambdas/shared/sql.ts';
import { oneRow } from '../../lambdas/shared/sql.ts';

/** What MedBook's clock shows, and how far it is ahead of the machine's. `db` is any of its roles. */
export async function readClock(db: Db): Promise<{ now: Date; aheadSeconds: number }> {
  return oneRow(
    await db.query<{ now: Date; aheadSeconds: number }>(
      'select clock() as now, round(extract(epoch from clock() - clock_timestamp()))::int as "aheadSeconds"',
    ),
  );
}

/**
 * Lets time pass on MedBook's clock, or brings it back to the machine's, by replacing clock(): what the migrations provide for, and only the
 * owner can do. `db` is the owner's.
 */
export async function moveClock(db: Db, seconds: number | 'reset'): Promise<void> {
  const { aheadSeconds } = await readClock(db);
  const ahead = seconds === 'reset' ? 0 : aheadSeconds + seconds;
  const instant = ahead === 0 ? 'clock_timestamp()' : `clock_timestamp() + interval '${ahead} seconds'`;
  await db.query(
    `create or replace function clock() returns timestamptz language sql stable as $$ select ${instant} $$`,
  );
}
