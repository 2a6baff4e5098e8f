import { log, logError } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { listRemindingClinics, planReminders } from './notifications.sql.ts';

/**
 * Writes the reminders that are due and missing, which the relay then puts into the queue: a transaction for each clinic, so that one that fails
 * stops nobody else. Fails at the end if any failed. Answers how many were written.
 */
export async function remind(db: Db): Promise<{ planned: number }> {
  const clinicIds = await listRemindingClinics(db);
  const failures: unknown[] = [];
  let planned = 0;
  for (const clinicId of clinicIds) {
    try {
      planned += await planReminders(db, clinicId);
    } catch (error) {
      logError('reminders_not_planned', error, { clinicId });
      failures.push(error);
    }
  }
  count('RemindersPlanned', planned);
  if (planned > 0) log('reminders_planned', { count: planned });
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${clinicIds.length} clinics have no new reminders.`);
  return { planned };
}
