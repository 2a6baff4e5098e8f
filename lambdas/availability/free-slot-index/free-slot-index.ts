import { randomUUID } from 'node:crypto';
import type { Cache, CacheClient } from '../../shared/cache.ts';
import { runScript } from './run-script.ts';
import {
  getDayKeys,
  type IndexedGroup,
  type IndexedSlot,
  listUtcDays,
  parseView,
  type SlotState,
  toScriptArguments,
  toUtcDay,
} from './slot-encoding.ts';

export type { IndexedGroup, IndexedSlot, SlotState } from './slot-encoding.ts';

/** The right to merge a snapshot into a day of a clinic. It ends when the index loses the day, or in another term of the server. */
export interface Lease {
  readonly clinicId: string;
  readonly day: string;
  readonly token: string;
  /** The term of the server in which the lease was acquired. */
  readonly term: string;
  /** Epoch seconds. */
  readonly startedAt: number;
}

/** How a snapshot and the index differed. */
export interface MergeResult {
  /** The number of slots that were newer in the snapshot. */
  readonly changed: number;
  /** The ids of slots that are newer in the index or in another state there; `#more`: the index has slots that the snapshot lacks. */
  readonly outdated: readonly string[];
}

/**
 * The free slots of every clinic by UTC day, in the cache. Changes may be lost, late, repeated or out of order: reads return what the
 * database had, or undefined (docs/adr/0014-index-of-free-slots.md).
 */
export interface FreeSlotIndex {
  /**
   * Applies changed slots of one clinic, of any days, in any order and any number of times. If the cache is full, it removes those days
   * instead, so that they are not served. Returns false if the cache is unavailable.
   */
  apply(clinicId: string, slots: readonly SlotState[]): Promise<boolean>;
  /** Returns a lease, which must be acquired before the snapshot for `merge` is read. Undefined: the cache is unavailable. */
  acquireLease(clinicId: string, day: string): Promise<Lease | undefined>;
  /**
   * Merges all slots of the UTC day by version and marks the day complete. The snapshot must be read from the writer after
   * `acquireLease`. Returns undefined if the lease is lost or the cache is unavailable.
   */
  merge(lease: Lease, slots: readonly SlotState[]): Promise<MergeResult | undefined>;
  /**
   * Returns the free slots that start from `from` (inclusive) to `to` (exclusive), by start, in one call for all days. Undefined unless
   * every day is complete, intact and freshly synced in the server's current term; also when too many days have changed since they were
   * last read, in which case the next read continues.
   */
  readSlots(clinicId: string, from: Date, to: Date): Promise<IndexedSlot[] | undefined>;
  /** The same as `readSlots`, grouped by everything but the doctor: the 5,600 slots of a week of 50 doctors are 112 groups. */
  readGroups(clinicId: string, from: Date, to: Date): Promise<IndexedGroup[] | undefined>;
  /** Returns when each day was last synced (epoch seconds), 0 if never in the server's current term. Undefined: the cache is unavailable. */
  readSyncTimes(clinicId: string, days: readonly string[]): Promise<number[] | undefined>;
  /** Removes days from the index. Returns false if the cache is unavailable. */
  removeDays(clinicId: string, days: readonly string[]): Promise<boolean>;
}

/** The most slots in one call. Redis serves no other client during a call; this many take some 5 ms. */
export const SLOTS_PER_CALL = 500;

interface FreeSlotIndexOptions {
  /** How old, in seconds, the last sync of a day may be for the day to be served. @default 0, for functions that do not read */
  readonly freshSeconds?: number;
  /** Milliseconds since the epoch. @default - `Date.now` */
  readonly clock?: () => number;
}

/** Creates the free-slot index in this cache. */
export function createFreeSlotIndex(
  cache: Cache,
  { freshSeconds = 0, clock = Date.now }: FreeSlotIndexOptions = {},
): FreeSlotIndex {
  const now = () => Math.floor(clock() / 1000);

  async function readGroups(clinicId: string, from: Date, to: Date): Promise<IndexedGroup[] | undefined> {
    const keys = listUtcDays(from, to).flatMap((day) => getDayKeys(clinicId, day));
    const groups = await cache.use(async (client) => {
      const views = await runScript(client, 'read', keys, [now() - freshSeconds]);
      return Array.isArray(views) ? views.flatMap((view) => parseView(String(view))) : undefined;
    });
    const [start, end] = [from.getTime() / 1000, to.getTime() / 1000];
    return groups?.filter((group) => group.startSeconds >= start && group.startSeconds < end);
  }

  return {
    async apply(clinicId, slots) {
      for (const chunk of splitIntoChunks(slots)) {
        const days = [...new Set(chunk.map(getStartDay))];
        const slotArguments = chunk.flatMap((slot) => toScriptArguments(slot, days.indexOf(getStartDay(slot)) + 1));
        const keys = days.flatMap((day) => getDayKeys(clinicId, day));
        const result = await cache.use((client) => applyOrRemoveDays(client, keys, [randomUUID(), ...slotArguments]));
        if (result === undefined) return false;
      }
      return true;
    },

    acquireLease(clinicId, day) {
      return cache.use(async (client) => {
        const startedAt = now();
        const [token, term] = Object(await runScript(client, 'begin', getDayKeys(clinicId, day), [randomUUID()]));
        return { clinicId, day, token: String(token), term: String(term), startedAt };
      });
    },

    async merge({ clinicId, day, token, term, startedAt }, slots) {
      const chunks = slots.length === 0 ? [[]] : splitIntoChunks(slots);
      const outdated: string[] = [];
      let changed = 0;
      for (const [index, chunk] of chunks.entries()) {
        const total = index === chunks.length - 1 ? slots.length : -1;
        const slotArguments = chunk.flatMap((slot) => toScriptArguments(slot, 1));
        // The script checks the term, because a new primary may lack changes that were applied after the snapshot.
        const values = [token, term, startedAt, total, ...slotArguments];
        const result = await cache.use((client) => runScript(client, 'merge', getDayKeys(clinicId, day), values));
        if (!Array.isArray(result)) return undefined;
        changed += Number(result[0]);
        outdated.push(...result[1]);
      }
      return { changed, outdated };
    },

    async readSlots(clinicId, from, to) {
      const groups = await readGroups(clinicId, from, to);
      return groups?.flatMap(({ doctorIds, ...slot }) => doctorIds.map((doctorId) => ({ ...slot, doctorId })));
    },

    readGroups,

    async readSyncTimes(clinicId, days) {
      const keys = days.flatMap((day) => getDayKeys(clinicId, day));
      const syncTimes = await cache.use((client) => runScript(client, 'syncs', keys, []));
      return Array.isArray(syncTimes) ? syncTimes.map(Number) : undefined;
    },

    async removeDays(clinicId, days) {
      if (days.length === 0) return true;
      const keys = days.flatMap((day) => getDayKeys(clinicId, day));
      return (await cache.use((client) => client.unlink(...keys))) !== undefined;
    },
  };
}

/** Removes the days if the cache is too full for the changes: it must not serve days that lack them. */
async function applyOrRemoveDays(client: CacheClient, keys: readonly string[], values: readonly (string | number)[]) {
  try {
    return await runScript(client, 'apply', keys, values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('OOM '))) throw error;
    return client.unlink(...keys);
  }
}

const getStartDay = ({ startTime }: SlotState) => toUtcDay(new Date(startTime));

function splitIntoChunks(slots: readonly SlotState[]): (readonly SlotState[])[] {
  const chunks: (readonly SlotState[])[] = [];
  for (let offset = 0; offset < slots.length; offset += SLOTS_PER_CALL)
    chunks.push(slots.slice(offset, offset + SLOTS_PER_CALL));
  return chunks;
}
