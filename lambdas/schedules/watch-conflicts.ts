import { log } from '../shared/log.ts';
import { recordMetric } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { countUrgentConflicts } from './schedules.sql.ts';

/** Records how many booked appointments with an open conflict start soon, and logs their clinics. */
export async function watchConflicts(db: Db): Promise<void> {
  const clinics = await countUrgentConflicts(db);
  for (const clinic of clinics) log('urgent_conflicts', clinic);
  recordMetric(
    'UrgentConflicts',
    clinics.reduce((sum, { count }) => sum + count, 0),
  );
}
