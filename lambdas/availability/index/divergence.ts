import { setTimeout as wait } from 'node:timers/promises';
import { logError } from '../../shared/log.ts';
import type { Db } from '../../shared/sql.ts';
import type { FreeIndex } from './free-index.ts';
import { type ClinicDay, isToldToIndex, listSlotsOfDay } from './resync.sql.ts';

interface Deps {
  readonly db: Db;
  readonly index: FreeIndex;
}

const SAMPLE = 5;
/** Longer than a function needs from its commit to the index. */
const PATIENCE_MILLISECONDS = 1_000;

/**
 * How many slots of a few days, chosen at random, are free in the index or in the database alone: seen twice, because a change is in
 * the database a moment before it is in the index, and not while the outbox has changes of that day that the relay has not told: for how long
 * those wait is measured there. Days that the index does not answer for have none: nobody is told anything wrong.
 */
export async function countDivergence(deps: Deps, days: readonly ClinicDay[]): Promise<number> {
  let divergent = 0;
  for (const day of Array.from({ length: Math.min(SAMPLE, days.length) }, () => pick(days))) {
    const first = await differences(deps, day);
    if (first.size === 0) continue;
    await wait(PATIENCE_MILLISECONDS);
    // Before the second look, or what is told in between would count.
    if (!(await isToldToIndex(deps.db, day))) continue;
    const second = await differences(deps, day);
    const stayed = [...first].filter((slot) => second.has(slot)).length;
    if (stayed > 0) logError('index_diverges', undefined, { clinicId: day.clinicId, count: stayed });
    divergent += stayed;
  }
  return divergent;
}

async function differences({ db, index }: Deps, day: ClinicDay): Promise<ReadonlySet<string>> {
  const told = await freeInIndex(index, day);
  if (!told) return new Set();
  const slots = await listSlotsOfDay(db, day);
  const free = new Set(
    slots
      .filter(({ status }) => status === 'free')
      .map((slot) => nameOf(slot.doctorId, Date.parse(slot.start), slot.seat)),
  );
  return new Set([...told, ...free].filter((slot) => told.has(slot) !== free.has(slot)));
}

async function freeInIndex(index: FreeIndex, { clinicId, day }: ClinicDay): Promise<Set<string> | undefined> {
  const from = new Date(day);
  const slots = await index.read(clinicId, from, new Date(from.getTime() + 86_400_000));
  return slots && new Set(slots.map((slot) => nameOf(slot.doctorId, slot.start * 1000, slot.seat)));
}

const nameOf = (doctorId: string, start: number, seat: number) => `${doctorId} ${start} ${seat}`;

function pick<T>(from: readonly T[]): T {
  const [one] = from.slice(Math.floor(Math.random() * from.length));
  if (one === undefined) throw new Error('There is nothing to choose from.');
  return one;
}
