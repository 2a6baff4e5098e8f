import { log } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { planReminders } from './notifications.sql.ts';

/** Writes the reminders that are due and missing, which the relay then puts into the queue. Answers how many. */
export async function remind(db: Db): Promise<{ planned: number }> {
  const planned = await planReminders(db);
  count('RemindersPlanned', planned);
  if (planned > 0) log('reminders_planned', { count: planned });
  return { planned };
}
