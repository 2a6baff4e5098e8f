import { randomUUID } from 'node:crypto';
import type { Cache, CacheClient } from '../../shared/cache.ts';
import { runScript } from './run-script.ts';
import { APPLY, BEGIN, MERGE, READ, SLOTS_PER_CALL, SYNCS } from './scripts.ts';
import {
  argumentsOf,
  dayOf,
  daysOf,
  groupsOf,
  type IndexedGroup,
  type IndexedSlot,
  keysOf,
  type SlotState,
} from './slots.ts';

export type { IndexedGroup, IndexedSlot, SlotState } from './slots.ts';

/** The right to say what a day of a clinic is: for one incarnation of it, in one term of a server. */
export interface Lease {
  readonly clinicId: string;
  readonly day: string;
  readonly token: string;
  /** The server's, in which it was given. */
  readonly term: string;
  /** Epoch seconds. */
  readonly since: number;
}

/** How a snapshot and the index differed. */
export interface Merged {
  /** Slots that were newer in the snapshot. */
  readonly changed: number;
  /** Slots that are newer in the index or in another state there, by their ids; `#more`: there are more of them. */
  readonly outdated: readonly string[];
}

/**
 * The free slots of every clinic by UTC day, in the cache. Whatever is lost, late, told twice or in another order: what it answers is
 * what the database had, or it answers nothing (design: "The index of free slots").
 */
export interface FreeIndex {
  /**
   * Tells the index of changed slots of one clinic: any days, any order, any number of times. A cache that is full forgets those days
   * instead, and so answers nothing for them. False: the cache is away.
   */
  apply(clinicId: string, slots: readonly SlotState[]): Promise<boolean>;
  /** Comes before the snapshot of the slots that `merge` is told. Undefined: the cache is away. */
  begin(clinicId: string, day: string): Promise<Lease | undefined>;
  /**
   * Merges all slots of that UTC day by version and declares it complete, if the lease still stands. Undefined: the lease is lost or the cache
   * away. The snapshot must be the writer's, taken after `begin`.
   */
  merge(lease: Lease, slots: readonly SlotState[]): Promise<Merged | undefined>;
  /**
   * The free slots that start in [from, to), by start, in one call for all days. Undefined unless every day is complete, counted, fresh and of
   * this server; also when too much has changed to be made an answer of at once: the next read goes on from there.
   */
  read(clinicId: string, from: Date, to: Date): Promise<IndexedSlot[] | undefined>;
  /** What `read` answers, those slots together that differ in their doctors alone: a week of 50 doctors are 112 groups of 5,600 slots. */
  readGroups(clinicId: string, from: Date, to: Date): Promise<IndexedGroup[] | undefined>;
  /** When each of these days was last synced, in epoch seconds; 0: never in the server's present term. Undefined: the cache is away. */
  syncs(clinicId: string, days: readonly string[]): Promise<number[] | undefined>;
  /** Removes days, which is for those that are over. False: the cache is away. */
  forget(clinicId: string, days: readonly string[]): Promise<boolean>;
}

interface FreeIndexOptions {
  /** How old a sync of a day may be so that the day is answered for. @default 0, for who only tells */
  readonly freshSeconds?: number;
  /** Milliseconds since the epoch. @default - the machine's */
  readonly clock?: () => number;
}

/** The index in this cache. */
export function freeIndexOn(cache: Cache, { freshSeconds = 0, clock = Date.now }: FreeIndexOptions = {}): FreeIndex {
  const now = () => Math.floor(clock() / 1000);

  async function readGroups(clinicId: string, from: Date, to: Date): Promise<IndexedGroup[] | undefined> {
    const keys = daysOf(from, to).flatMap((day) => keysOf(clinicId, day));
    const groups = await cache.use(async (client) => {
      const views = await runScript(client, READ, keys, [now() - freshSeconds]);
      return Array.isArray(views) ? views.flatMap((view) => groupsOf(String(view))) : undefined;
    });
    const [start, end] = [from.getTime() / 1000, to.getTime() / 1000];
    return groups?.filter((group) => group.start >= start && group.start < end);
  }

  return {
    async apply(clinicId, slots) {
      for (const chunk of chunksOf(slots)) {
        const days = [...new Set(chunk.map(startDay))];
        const rows = chunk.flatMap((slot) => argumentsOf(slot, days.indexOf(startDay(slot)) + 1));
        const keys = days.flatMap((day) => keysOf(clinicId, day));
        const taken = await cache.use((client) => applyOrForget(client, keys, [randomUUID(), ...rows]));
        if (taken === undefined) return false;
      }
      return true;
    },

    begin(clinicId, day) {
      return cache.use(async (client) => {
        const since = now();
        const [token, term] = Object(await runScript(client, BEGIN, keysOf(clinicId, day), [randomUUID()]));
        return { clinicId, day, token: String(token), term: String(term), since };
      });
    },

    async merge({ clinicId, day, token, term, since }, slots) {
      const chunks = slots.length === 0 ? [[]] : chunksOf(slots);
      const outdated: string[] = [];
      let changed = 0;
      for (const [index, chunk] of chunks.entries()) {
        const total = index === chunks.length - 1 ? slots.length : -1;
        const rows = chunk.flatMap((slot) => argumentsOf(slot, 1));
        // What was told in the term of the lease after the snapshot, another server may never have heard of.
        const values = [token, term, since, total, ...rows];
        const taken = await cache.use((client) => runScript(client, MERGE, keysOf(clinicId, day), values));
        if (!Array.isArray(taken)) return undefined;
        changed += Number(taken[0]);
        outdated.push(...taken[1]);
      }
      return { changed, outdated };
    },

    async read(clinicId, from, to) {
      const groups = await readGroups(clinicId, from, to);
      return groups?.flatMap(({ doctorIds, ...place }) => doctorIds.map((doctorId) => ({ ...place, doctorId })));
    },

    readGroups,

    async syncs(clinicId, days) {
      const keys = days.flatMap((day) => keysOf(clinicId, day));
      const known = await cache.use((client) => runScript(client, SYNCS, keys, []));
      return Array.isArray(known) ? known.map(Number) : undefined;
    },

    async forget(clinicId, days) {
      if (days.length === 0) return true;
      const keys = days.flatMap((day) => keysOf(clinicId, day));
      return (await cache.use((client) => client.unlink(...keys))) !== undefined;
    },
  };
}

/** What a full cache cannot be told of, it must not answer for. */
async function applyOrForget(client: CacheClient, keys: readonly string[], values: readonly (string | number)[]) {
  try {
    return await runScript(client, APPLY, keys, values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('OOM '))) throw error;
    return client.unlink(...keys);
  }
}

const startDay = ({ start }: SlotState) => dayOf(new Date(start));

function chunksOf(slots: readonly SlotState[]): (readonly SlotState[])[] {
  const chunks: (readonly SlotState[])[] = [];
  for (let at = 0; at < slots.length; at += SLOTS_PER_CALL) chunks.push(slots.slice(at, at + SLOTS_PER_CALL));
  return chunks;
}
