import { setTimeout as wait } from 'node:timers/promises';
import { logError } from '../../shared/log.ts';
import type { Db } from '../../shared/sql.ts';
import type { FreeSlotIndex } from './free-slot-index.ts';
import { type ClinicDay, isIndexCurrent, listSlotsOfDay } from './resync-index.sql.ts';

interface Deps {
  readonly db: Db;
  readonly index: FreeSlotIndex;
}

const SAMPLE_SIZE = 5;
/** Longer than a function needs from its commit to its update of the index. */
const RECHECK_DELAY_MILLISECONDS = 1_000;

/**
 * Returns how many slots of a few random days are free only in the index or only in the database. A slot counts if two checks find it,
 * because a change reaches the database a moment before the index. Days with unpublished changes in the outbox are skipped: their delay
 * is another metric. Days that the index does not serve have no divergence.
 */
export async function countDivergence(deps: Deps, days: readonly ClinicDay[]): Promise<number> {
  let divergent = 0;
  for (const day of Array.from({ length: Math.min(SAMPLE_SIZE, days.length) }, () => pickRandom(days))) {
    const first = await findDifferences(deps, day);
    if (first.size === 0) continue;
    await wait(RECHECK_DELAY_MILLISECONDS);
    // Before the second check: changes that are published between the two must not count.
    if (!(await isIndexCurrent(deps.db, day))) continue;
    const second = await findDifferences(deps, day);
    const persistentCount = [...first].filter((slot) => second.has(slot)).length;
    if (persistentCount > 0) logError('index_diverges', undefined, { clinicId: day.clinicId, count: persistentCount });
    divergent += persistentCount;
  }
  return divergent;
}

async function findDifferences({ db, index }: Deps, day: ClinicDay): Promise<ReadonlySet<string>> {
  const indexedNames = await readFreeSlotNames(index, day);
  if (!indexedNames) return new Set();
  const slots = await listSlotsOfDay(db, day);
  const databaseNames = new Set(
    slots
      .filter(({ status }) => status === 'free')
      .map((slot) => formatSlotName(slot.doctorId, Date.parse(slot.startTime), slot.seat)),
  );
  return new Set(
    [...indexedNames, ...databaseNames].filter((slot) => indexedNames.has(slot) !== databaseNames.has(slot)),
  );
}

async function readFreeSlotNames(index: FreeSlotIndex, { clinicId, day }: ClinicDay): Promise<Set<string> | undefined> {
  const from = new Date(day);
  const slots = await index.readSlots(clinicId, from, new Date(from.getTime() + 86_400_000));
  return slots && new Set(slots.map((slot) => formatSlotName(slot.doctorId, slot.startSeconds * 1000, slot.seat)));
}

const formatSlotName = (doctorId: string, startMilliseconds: number, seat: number) =>
  `${doctorId} ${startMilliseconds} ${seat}`;

function pickRandom<T>(items: readonly T[]): T {
  const [item] = items.slice(Math.floor(Math.random() * items.length));
  if (item === undefined) throw new Error('Cannot choose from an empty list.');
  return item;
}
