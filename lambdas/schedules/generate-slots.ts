import { randomUUID } from 'node:crypto';
import type { FreeIndex } from '../availability/index/free-index.ts';
import { tellIndexOf } from '../outbox/tell-index.ts';
import { log, logError } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { countSlotsAhead, listDoctorIds, planSlots } from './schedules.sql.ts';

/**
 * Keeps the slots of every doctor made up to the clinic's horizon: a transaction for each doctor, so that one who fails stops nobody
 * else. Fails at the end if anybody failed, so that the schedule tries again; what is done already changes nothing then.
 */
export async function generateSlots(
  db: Db,
  index?: FreeIndex,
): Promise<{ doctors: number; created: number; withdrawn: number }> {
  const doctorIds = await listDoctorIds(db);
  const failures: unknown[] = [];
  let created = 0;
  let withdrawn = 0;
  for (const [place, doctorId] of doctorIds.entries()) {
    try {
      const runId = randomUUID();
      const planned = await planSlots(db, doctorId, runId);
      await tellIndexOf(db, index, runId);
      created += planned.created + planned.reopened;
      withdrawn += planned.withdrawn;
    } catch (error) {
      logError('slots_not_planned', error, { doctorId });
      failures.push(error);
    }
    if ((place + 1) % 100 === 0) log('slots_being_planned', { done: place + 1, total: doctorIds.length });
  }
  log('slots_planned', { total: doctorIds.length, created, withdrawn });
  await measureSlotsAhead(db);
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${doctorIds.length} doctors have no new slots.`);
  return { doctors: doctorIds.length, created, withdrawn };
}

async function measureSlotsAhead(db: Db): Promise<void> {
  const { free, taken } = await countSlotsAhead(db, 7);
  count('SlotsFree', free);
  count('SlotsTaken', taken);
}
