import { type Day, type Hash, isCounted, type Lease, type Rules, type Versions } from './rules.ts';

/** The Lua scripts as functions of the day. Redis runs each as one step. `token` is the lease of the day if the script creates it again. */
export interface Scripts {
  apply(day: Day, slot: number, version: number, token: number): Day;
  begin(day: Day, token: number): Day;
  /** Undefined: the lease is lost. */
  merge(day: Day, chunk: Chunk): Day | undefined;
  /** Returns the free slots as a bit mask. Undefined: the slots must be read from the database. */
  read(day: Day, server: number, now: number): number | undefined;
  /** Returns the day after a read that the index served. */
  afterRead(day: Day): Day;
}

/** One call of a merge, with the server and time of the call. */
export interface Chunk {
  readonly lease: Lease;
  readonly slots: readonly number[];
  readonly snapshot: Versions;
  readonly first: boolean;
  readonly last: boolean;
  readonly server: number;
  readonly now: number;
  readonly token: number;
}

type WithHash = Day & { readonly hash: Hash };

/** Creates the scripts of lambdas/availability/free-slot-index/free-slot-index.lua under these rules, for a day of two slots. */
export function createScripts(rules: Rules): Scripts {
  return {
    apply: (day, slot, version, token) => putSlot(hasHash(day) ? day : recreateDay(day, token), slot, version),

    begin: (day, token) => (hasHash(day) && (isCounted(day) || !rules.countAtBegin) ? day : recreateDay(day, token)),

    merge(day, chunk) {
      const merges = rules.resync === 'merge';
      if (merges && isLeaseLost(day, chunk)) return undefined;
      let next = hasHash(day) && (merges || !chunk.first) ? day : recreateDay(day, chunk.token);
      for (const slot of chunk.slots) next = putSlot(next, slot, chunk.snapshot[slot] ?? 0);
      return chunk.last ? markComplete(next, chunk) : next;
    },

    read(day, server, now) {
      const { set, hash } = day;
      if (!hash?.complete) return undefined;
      if (rules.server !== 'no name' && hash.server !== server) return undefined;
      if (rules.synced !== 'ignored' && hash.synced < now) return undefined;
      if (rules.countAtRead && !isCounted(day)) return undefined;
      return hash.view === -1 ? set : hash.view;
    },

    afterRead: (day) => (day.hash?.view === -1 ? { ...day, hash: { ...day.hash, view: day.set } } : day),
  };

  function recreateDay({ counter: before }: Day, token: number): WithHash {
    const counter = rules.lease === 'counter' ? before + 1 : 0;
    const lease = counter || token;
    return { set: 0, counter, hash: { versions: [0, 0], lease, complete: false, server: 0, synced: 0, view: -1 } };
  }

  function putSlot(day: WithHash, slot: number, version: number): WithHash {
    const { set, hash } = day;
    const [one, other] = hash.versions;
    if (rules.compareVersions && version <= (slot === 0 ? one : other)) return day;
    const versions: Versions = slot === 0 ? [version, other] : [one, version];
    const view = rules.changeDropsView ? -1 : hash.view;
    const bit = 1 << slot;
    return { ...day, set: version & 1 ? set | bit : set & ~bit, hash: { ...hash, versions, view } };
  }

  function isLeaseLost(day: Day, { lease, server }: Chunk): boolean {
    if (rules.mergeComparesServer && lease.server !== server) return true;
    return rules.lease !== 'none' && (day.hash?.lease !== lease.token || !isCounted(day));
  }

  function markComplete(day: WithHash, { lease, server, now }: Chunk): Day {
    const since = rules.synced === 'since the merge' ? now : lease.since;
    const synced = Math.max(since, day.hash.synced);
    return { ...day, hash: { ...day.hash, complete: true, server, synced } };
  }
}

const hasHash = (day: Day): day is WithHash => day.hash !== undefined;
