import type { Versions } from './rules.ts';

/** The limits of what can happen to the index. Two writers and the relay are in every scenario. */
export interface Scenario {
  readonly resyncs: 1 | 2;
  /** How often Redis loses one key or all keys. */
  readonly dataLosses: number;
  /** How often Redis returns to an earlier state, from an old dump or by the promotion of a replica that lagged. */
  readonly returns: number;
  /** A restart starts a new process. A failover promotes the other one of two running processes. */
  readonly returnBy: 'restart' | 'failover';
  /** How many changes the outbox loses, through a defect. All are lost before time passes. */
  readonly lostChanges: number;
  /** How often enough time passes to make earlier syncs too old. */
  readonly ticks: number;
  /** The number of calls in which a merge sends its two slots. */
  readonly chunks: 1 | 2;
}

/** Everything that the next steps depend on. Only numbers, because there are millions of states. */
export interface State {
  /** The versions in the database. */
  readonly db: number;
  /** The versions in the reader, if resyncs read from it; otherwise 0. */
  readonly reader: number;
  /** The progress of the writers (`encodeWriter`). */
  readonly writers: readonly [number, number];
  /** The changes that the relay has not published yet, as a bit mask. */
  readonly outbox: number;
  /** The changes that are never published, as a bit mask. */
  readonly lostChanges: number;
  /** The day on the primary, and the name of that server. */
  readonly day: number;
  readonly server: number;
  /** The day on the replica or in the dump, while Redis can still return to it. */
  readonly copy: number;
  /** The server name that was read over a connection that stayed open during a failover. 0: there is no such connection. */
  readonly openConnectionServer: number;
  /** The server of that connection is the primary now. */
  readonly isOpenConnectionPrimary: boolean;
  readonly resyncs: readonly [number, number];
  /** The failures that are still possible. */
  readonly dataLosses: number;
  readonly returns: number;
  readonly now: number;
}

/** Receives a step and the state after it. */
export type Emit = (step: string, next: State) => void;

export const decodeVersions = (db: number): Versions => [db >> 3, db & 7];

export const encodeVersions = ([one, other]: Versions): number => (one << 3) | other;

/** Returns the pair with another value in one place. */
export const replaceAt = ([one, other]: readonly [number, number], place: 0 | 1, value: number): [number, number] =>
  place === 0 ? [value, other] : [one, value];

/** The length of a row. */
export const ROW = 12;

/** Writes a state as a row of numbers below 2^16. */
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
  row[10] = state.dataLosses * 256 + state.returns;
  row[11] = state.now;
}

/** Returns the state of the row that begins at an offset. */
export function decode(rows: Uint16Array, at: number): State {
  const readPlace = (place: number) => rows[at + place] ?? 0;
  return {
    db: readPlace(0),
    reader: readPlace(1),
    writers: [readPlace(2) >> 8, readPlace(2) & 255],
    outbox: readPlace(3) >> 8,
    lostChanges: readPlace(3) & 255,
    day: readPlace(4),
    server: readPlace(5),
    copy: readPlace(6),
    openConnectionServer: readPlace(7) >> 1,
    isOpenConnectionPrimary: (readPlace(7) & 1) === 1,
    resyncs: [readPlace(8), readPlace(9)],
    dataLosses: readPlace(10) >> 8,
    returns: readPlace(10) & 255,
    now: readPlace(11),
  };
}
