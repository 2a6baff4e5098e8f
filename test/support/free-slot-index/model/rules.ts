/** The versions of the day's two slots, 0 and 1. An odd version is a free slot; 0 is a slot that was never published. */
export type Versions = readonly [number, number];

/** The day in Redis. The sorted set and the hash can each be lost alone. */
export interface Day {
  /** The free slots, as a bit mask. */
  readonly set: number;
  readonly hash: Hash | undefined;
  /** The last lease, if leases are counted. A separate key. */
  readonly counter: number;
}

/** The fields of the hash. The number of free slots follows from the versions, because a key is never lost in part. */
export interface Hash {
  readonly versions: Versions;
  readonly lease: number;
  readonly complete: boolean;
  readonly server: number;
  readonly synced: number;
  /** The result of reads until the next change; -1: the next read builds it. */
  readonly view: number;
}

/** What a resync stores between its calls. */
export interface Lease {
  readonly token: number;
  readonly server: number;
  readonly since: number;
}

/** The rules of the index. DESIGN_RULES are those of the design; a mutant breaks one of them. */
export interface Rules {
  readonly relay: boolean;
  readonly compareVersions: boolean;
  readonly resync: 'merge' | 'delete and rebuild' | 'rename';
  readonly lease: 'random' | 'counter' | 'none' | 'after the snapshot';
  readonly countAtBegin: boolean;
  readonly countAtRead: boolean;
  /** What identifies a server: nothing, its process, or its term as a primary. */
  readonly server: 'no name' | 'process' | 'term';
  /** When the server's name and role are read. A connection can stay open during a failover. */
  readonly serverRead: 'once per connection' | 'in each script';
  readonly mergeComparesServer: boolean;
  readonly synced: 'since the lease' | 'since the merge' | 'ignored';
  readonly snapshotOf: 'writer' | 'lagging reader';
  readonly changeDropsView: boolean;
}

/** The day after a flush. */
export const LOST_DAY: Day = { set: 0, hash: undefined, counter: 0 };

/** Returns the slots that are free according to their versions, as a bit mask. */
export const toFreeSlots = ([one, other]: Versions): number => (one & 1) | ((other & 1) << 1);

/** Returns whether the set has as many slots as are free according to the hash. */
export const isCounted = ({ set, hash }: Day): boolean =>
  hash !== undefined && countSlots(set) === countSlots(toFreeSlots(hash.versions));

const countSlots = (set: number) => (set & 1) + (set >> 1);
