import { log, logError } from '../shared/log.ts';
import { recordMetric } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { listClinicsWithReminders, planReminders } from './notifications.sql.ts';

interface Deps {
  readonly db: Db;
  /** Milliseconds until the run times out. */
  readonly remainingMilliseconds: () => number;
}

/** Longer than one clinic may take. */
const MARGIN_MILLISECONDS = 13_000;

/**
 * Plans the reminders that are due and missing; the relay enqueues them. Each clinic has its own transaction, in random order, so that
 * a clinic that fails or is slow does not always delay the same others. Returns the number of reminders planned.
 * @throws at the end, if clinics failed or were left out
 */
export async function planDueReminders({ db, remainingMilliseconds }: Deps): Promise<{ planned: number }> {
  const clinicIds = await listClinicsWithReminders(db);
  let [planned, finishedClinics] = [0, 0];
  for (const clinicId of clinicIds) {
    if (remainingMilliseconds() < MARGIN_MILLISECONDS) break;
    try {
      planned += await planReminders(db, clinicId);
      finishedClinics += 1;
    } catch (error) {
      logError('reminders_not_planned', error, { clinicId });
    }
  }
  recordMetric('RemindersPlanned', planned);
  if (planned > 0) log('reminders_planned', { count: planned });
  if (finishedClinics < clinicIds.length)
    throw new Error(
      `The reminders of ${clinicIds.length - finishedClinics} of ${clinicIds.length} clinics were not planned.`,
    );
  return { planned };
}
