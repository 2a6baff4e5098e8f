import type { IndexedGroup } from './free-slot-index/slot-encoding.ts';

/**
 * Returns, by start time (epoch seconds), the ids of the doctors who have `slotCount` consecutive free slots from there. The slots may be
 * of different seats of the doctor, and of different lengths.
 */
export function findBookableDoctors(groups: readonly IndexedGroup[], slotCount: number): Map<number, Set<string>> {
  const doctorsAtNextStart = slotCount === 1 ? undefined : findBookableDoctors(groups, slotCount - 1);
  const doctorsByStart = new Map<number, Set<string>>();
  for (const { startSeconds, endSeconds, doctorIds } of groups) {
    const continuingDoctors = doctorsAtNextStart?.get(endSeconds);
    const doctors = doctorsAtNextStart ? doctorIds.filter((id) => continuingDoctors?.has(id)) : doctorIds;
    const earlierDoctors = doctorsByStart.get(startSeconds);
    if (earlierDoctors) for (const id of doctors) earlierDoctors.add(id);
    else if (doctors.length > 0) doctorsByStart.set(startSeconds, new Set(doctors));
  }
  return doctorsByStart;
}
