import { log, logError } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { listRemindingClinics, planReminders } from './notifications.sql.ts';

interface Deps {
  readonly db: Db;
  /** How much of its time the run has left, in milliseconds. */
  readonly timeLeft: () => number;
}

/** More than one clinic may take. */
const MARGIN_MILLISECONDS = 13_000;

/**
 * Writes the reminders that are due and missing, which the relay then puts into the queue: a transaction for each clinic, in another order each time,
 * so that one that fails or is slow stops nobody else for long. Fails at the end if any were left out. Answers how many were written.
 */
export async function remind({ db, timeLeft }: Deps): Promise<{ planned: number }> {
  const clinicIds = await listRemindingClinics(db);
  let [planned, done] = [0, 0];
  for (const clinicId of clinicIds) {
    if (timeLeft() < MARGIN_MILLISECONDS) break;
    try {
      planned += await planReminders(db, clinicId);
      done += 1;
    } catch (error) {
      logError('reminders_not_planned', error, { clinicId });
    }
  }
  count('RemindersPlanned', planned);
  if (planned > 0) log('reminders_planned', { count: planned });
  if (done < clinicIds.length)
    throw new Error(`${clinicIds.length - done} of ${clinicIds.length} clinics have no new reminders.`);
  return { planned };
}
