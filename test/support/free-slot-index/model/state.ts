import type { Versions } from './rules.ts';

/** What befalls the index while it works. Two writers and the relay are in every scenario. */
export interface Scenario {
  readonly resyncs: 1 | 2;
  /** How often a key is lost, or all: evicted, unlinked, flushed. */
  readonly losses: number;
  /** How often an earlier state of Redis comes back: from an old dump, or because the replica that is promoted has lagged. */
  readonly returns: number;
  /** A restart is a new process. A failover is to the other one of two, that both live on. */
  readonly returnBy: 'restart' | 'failover';
  /** How many changes are, by some mistake, never told. All before the time passes. */
  readonly lostChanges: number;
  /** How often so much time passes that what was synced before is too old. */
  readonly ticks: number;
  /** In how many calls a merge brings its two slots. */
  readonly chunks: 1 | 2;
}

/** All that what happens next depends on. Numbers only, because there are millions of worlds. */
export interface State {
  /** What the database has; and the reader, where a resync asks that, else 0. */
  readonly db: number;
  readonly reader: number;
  /** How far the writers are. */
  readonly writers: readonly [number, number];
  /** Bit masks of changes: those that the relay has yet to tell of, those that nobody will. */
  readonly outbox: number;
  readonly lostChanges: number;
  /** The day on the primary, and the name of that server. */
  readonly day: number;
  readonly server: number;
  /** The day on the replica or in the dump, as long as that matters. */
  readonly copy: number;
  /** What a connection that outlived a failover takes for the name of its server (0: there is none), and whether that is the primary. */
  readonly openConnectionServer: number;
  readonly isOpenConnectionPrimary: boolean;
  readonly resyncs: readonly [number, number];
  /** What may still befall the index. */
  readonly losses: number;
  readonly returns: number;
  readonly now: number;
}

/** Tells of a world that can be next, and of the step that leads to it. */
export type Emit = (step: string, next: State) => void;

export const versionsOf = (db: number): Versions => [db >> 3, db & 7];

export const dbOf = ([one, other]: Versions): number => (one << 3) | other;

/** This pair with another value in one place. */
export const replaceAt = ([one, other]: readonly [number, number], place: 0 | 1, value: number): [number, number] =>
  place === 0 ? [value, other] : [one, value];

/** How many numbers a row has. */
export const ROW = 12;

/** Writes a world as a row of numbers below 2^16. */
export function encode(state: State, row: Uint16Array): void {
  row[0] = state.db;
  row[1] = state.reader;
  row[2] = state.writers[0] * 256 + state.writers[1];
  row[3] = state.outbox * 256 + state.lostChanges;
  row[4] = state.day;
  row[5] = state.server;
  row[6] = state.copy;
  row[7] = state.openConnectionServer * 2 + Number(state.isOpenConnectionPrimary);
  row[8] = state.resyncs[0];
  row[9] = state.resyncs[1];
  row[10] = state.losses * 256 + state.returns;
  row[11] = state.now;
}

/** The world of the row that begins there. */
export function decode(rows: Uint16Array, at: number): State {
  const of = (place: number) => rows[at + place] ?? 0;
  return {
    db: of(0),
    reader: of(1),
    writers: [of(2) >> 8, of(2) & 255],
    outbox: of(3) >> 8,
    lostChanges: of(3) & 255,
    day: of(4),
    server: of(5),
    copy: of(6),
    openConnectionServer: of(7) >> 1,
    isOpenConnectionPrimary: (of(7) & 1) === 1,
    resyncs: [of(8), of(9)],
    losses: of(10) >> 8,
    returns: of(10) & 255,
    now: of(11),
  };
}
