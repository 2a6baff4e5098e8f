/** The slots of the model's day are 0 and 1. A version is odd while the slot is free, and 0 if nobody told. A set is a bit mask. */
export type Versions = readonly [number, number];

/** The day in Redis: the sorted set and the hash, of which each can be lost alone. */
export interface Day {
  readonly set: number;
  readonly hash: Hash | undefined;
  /** The last number that an incarnation got, in a key of its own: only where leases are counted. */
  readonly counter: number;
}

/** What the hash has. The count of the free ones follows from the versions: a key is lost in whole or not at all. */
export interface Hash {
  readonly versions: Versions;
  readonly lease: number;
  readonly complete: boolean;
  readonly server: number;
  readonly synced: number;
  /** What reads answer until something changes; -1: the next one makes it. */
  readonly view: number;
}

/** What a resync keeps between its calls. */
export interface Lease {
  readonly token: number;
  readonly server: number;
  readonly since: number;
}

/** Which rules hold. REAL_RULES are the design's; a mutant breaks one of them. */
export interface Rules {
  readonly relay: boolean;
  readonly compareVersions: boolean;
  readonly resync: 'merge' | 'delete and rebuild' | 'rename';
  readonly lease: 'random' | 'counter' | 'none' | 'after the snapshot';
  readonly countAtBegin: boolean;
  readonly countAtRead: boolean;
  /** What names a server: nothing, its process, or its term as a primary. */
  readonly server: 'no name' | 'process' | 'term';
  /** When a server is asked for its name and whether it is the primary. A connection can outlive a failover. */
  readonly serverRead: 'once a connection' | 'in each script';
  readonly mergeComparesServer: boolean;
  readonly synced: 'since the lease' | 'since the merge' | 'does not matter';
  readonly snapshotOf: 'writer' | 'lagging reader';
  readonly changeDropsView: boolean;
}

/** The day after a flush. */
export const LOST_DAY: Day = { set: 0, hash: undefined, counter: 0 };

/** The slots that are free by their versions. */
export const toFreeSlots = ([one, other]: Versions): number => (one & 1) | ((other & 1) << 1);

/** Whether the set has as many as the hash says. */
export const isCounted = ({ set, hash }: Day): boolean =>
  hash !== undefined && countSlots(set) === countSlots(toFreeSlots(hash.versions));

const countSlots = (set: number) => (set & 1) + (set >> 1);
