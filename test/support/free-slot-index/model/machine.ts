import { type Day, type Lease, LOST_DAY, type Rules } from './rules.ts';
import { createScripts } from './scripts.ts';
import { decodeVersions, type State } from './state.ts';
import { createValuePool, memoize, type ValuePool } from './value-pool.ts';
import { CHANGES } from './writer-steps.ts';

/** The progress of a resync, its lease, and its snapshot of the database. */
export interface Resync extends Lease {
  readonly phase: 'not started' | 'has lease' | 'has snapshot' | 'has both' | 'merging' | 'finished';
  readonly snapshot: number;
}

/** The scripts and the resyncs that call them. Days and resyncs are numbers in the pools. */
export interface Machine {
  readonly rules: Rules;
  readonly chunks: 1 | 2;
  readonly days: ValuePool<Day>;
  readonly resyncs: ValuePool<Resync>;
  readonly lostDay: number;
  readonly idleResync: number;
  readonly finishedResync: number;
  // These return the changed day.
  apply(state: State, change: number): number;
  begin(state: State): number;
  /** Undefined: the lease is lost. */
  merge(state: State, resync: number): number | undefined;
  afterRead(day: number): number;
  /** Returns the free slots, or undefined if the index cannot serve the read. */
  read(day: number, server: number, now: number): number | undefined;
  // These return the changed resync.
  withLease(resync: number, state: State, day: number): number;
  withSnapshot(resync: number, snapshot: number): number;
  afterFirstMerge(resync: number): number;
  /** Returns a server name that is not in use. */
  newServer(state: State): number;
}

/** Creates the machine of these rules. A resync merges in `chunks` calls. */
export function createMachine(rules: Rules, chunks: 1 | 2): Machine {
  const scripts = createScripts(rules);
  const days = createValuePool<Day>();
  const resyncs = createValuePool<Resync>();
  const noLease = { token: 0, server: 0, since: 0, snapshot: 0 };

  const applyByToken = memoize((day: number, change: number, token: number) => {
    const { slot, version } = CHANGES[change] ?? { slot: 0, version: 0 };
    return days.toNumber(scripts.apply(days.at(day), slot, version, token));
  });
  const beginByToken = memoize((day: number, token: number) => days.toNumber(scripts.begin(days.at(day), token)));
  const mergeByToken = memoize((day: number, number, token: number, serverAndTime: number) => {
    const lease = resyncs.at(number);
    const part = lease.phase === 'merging' ? 1 : 0;
    const next = scripts.merge(days.at(day), {
      lease,
      slots: chunks === 1 ? [0, 1] : [part],
      snapshot: decodeVersions(lease.snapshot),
      first: part === 0,
      last: part === chunks - 1,
      server: serverAndTime >> 4,
      now: serverAndTime & 15,
      token,
    });
    return next && days.toNumber(next);
  });
  const withLease = memoize((number: number, token: number, server: number, since: number) => {
    const resync = resyncs.at(number);
    const phase = resync.phase === 'has snapshot' ? 'has both' : 'has lease';
    return resyncs.toNumber({ ...resync, phase, token, server, since });
  });

  return {
    rules,
    chunks,
    days,
    resyncs,
    lostDay: days.toNumber(LOST_DAY),
    idleResync: resyncs.toNumber({ phase: 'not started', ...noLease }),
    finishedResync: resyncs.toNumber({ phase: 'finished', ...noLease }),
    apply: (state, change) => applyByToken(state.day, change, newToken(state)),
    begin: (state) => beginByToken(state.day, newToken(state)),
    merge: (state, resync) => mergeByToken(state.day, resync, newToken(state), state.server * 16 + state.now),
    read: memoize((day: number, server: number, now: number) => scripts.read(days.at(day), server, now)),
    afterRead: memoize((day: number) => days.toNumber(scripts.afterRead(days.at(day)))),
    withLease: (resync, { server, now }, day) => withLease(resync, days.at(day).hash?.lease ?? 0, server, now),
    withSnapshot: memoize((number: number, snapshot: number) => {
      const resync = resyncs.at(number);
      const phase = resync.phase === 'has lease' ? 'has both' : 'has snapshot';
      return resyncs.toNumber({ ...resync, phase, snapshot });
    }),
    afterFirstMerge: memoize((number: number) => resyncs.toNumber({ ...resyncs.at(number), phase: 'merging' })),
    newServer,
  };

  function newToken({ day, copy, resyncs: [one, other] }: State): number {
    const [tokenOfDay, tokenOfCopy] = [days.at(day).hash?.lease, days.at(copy).hash?.lease];
    return findFirstUnused([tokenOfDay, tokenOfCopy, resyncs.at(one).token, resyncs.at(other).token]);
  }

  function newServer({ day, copy, server, openConnectionServer, resyncs: [one, other] }: State): number {
    const serversOfDays = [days.at(day).hash?.server, days.at(copy).hash?.server];
    const serversOfResyncs = [resyncs.at(one).server, resyncs.at(other).server];
    return findFirstUnused([...serversOfDays, server, openConnectionServer, ...serversOfResyncs]);
  }
}

/** Random names are only compared, so the first unused number can stand for all of them. This keeps the number of states finite. */
function findFirstUnused(used: readonly (number | undefined)[]): number {
  for (let name = 1; ; name++) if (!used.includes(name)) return name;
}
