import { randomUUID } from 'node:crypto';
import type { FreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { updateFreeSlotIndexForRequest } from '../outbox/update-free-slot-index.ts';
import { log, logError } from '../shared/log.ts';
import { recordMetric } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { compareTimeZones } from './compare-time-zones.ts';
import { countSlotsAhead, listActiveDoctorIds, planSlots } from './schedules.sql.ts';

/**
 * Generates the slots of all active doctors up to their clinic's horizon. Each doctor has their own transaction, so that a failure does
 * not stop the others. Then compares the time-zone data that the plan used with that of the functions. Returns the numbers of doctors, and of slots created and withdrawn. A repeated run changes nothing.
 * @throws at the end, if doctors failed, so that the scheduler retries
 */
export async function generateSlots(
  db: Db,
  index?: FreeSlotIndex,
): Promise<{ doctors: number; created: number; withdrawn: number }> {
  const doctorIds = await listActiveDoctorIds(db);
  const failures: unknown[] = [];
  let created = 0;
  let withdrawn = 0;
  for (const [position, doctorId] of doctorIds.entries()) {
    try {
      const runId = randomUUID();
      const plan = await planSlots(db, doctorId, runId);
      await updateFreeSlotIndexForRequest(db, index, runId);
      created += plan.created + plan.reopened;
      withdrawn += plan.withdrawn;
    } catch (error) {
      logError('slot_planning_failed', error, { doctorId });
      failures.push(error);
    }
    if ((position + 1) % 100 === 0) log('slot_planning_progress', { done: position + 1, total: doctorIds.length });
  }
  log('slots_planned', { total: doctorIds.length, created, withdrawn });
  await recordSlotsAhead(db);
  await compareTimeZones(db);
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `The slots of ${failures.length} of ${doctorIds.length} doctors could not be generated.`,
    );
  return { doctors: doctorIds.length, created, withdrawn };
}

async function recordSlotsAhead(db: Db): Promise<void> {
  const { free, taken } = await countSlotsAhead(db, 7);
  recordMetric('SlotsFree', free);
  recordMetric('SlotsTaken', taken);
}
