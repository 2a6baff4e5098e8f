import type { IndexedGroup } from './index/slots.ts';

/**
 * The doctors who can be booked at each start: those who have `count` consecutive slots from there. Any seats of one doctor make a
 * chain, and seats may differ in length.
 */
export function doctorsByStart(slots: readonly IndexedGroup[], count: number): Map<number, Set<string>> {
  const following = count === 1 ? undefined : doctorsByStart(slots, count - 1);
  const starts = new Map<number, Set<string>>();
  for (const { start, end, doctorIds } of slots) {
    const goOn = following?.get(end);
    const doctors = following ? doctorIds.filter((id) => goOn?.has(id)) : doctorIds;
    const others = starts.get(start);
    if (others) for (const id of doctors) others.add(id);
    else if (doctors.length > 0) starts.set(start, new Set(doctors));
  }
  return starts;
}
