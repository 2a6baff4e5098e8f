import { type Day, type Lease, LOST_DAY, type Rules } from './rules.ts';
import { createScripts } from './scripts.ts';
import { type State, versionsOf } from './state.ts';
import { createValuePool, memoize, type ValuePool } from './value-pool.ts';
import { CHANGES } from './writer-steps.ts';

/** How far a resync is, and what it keeps: its lease and what it saw in the database. */
export interface Resync extends Lease {
  readonly phase: 'to begin' | 'leased' | 'seen' | 'holding' | 'merging' | 'over';
  readonly snapshot: number;
}

/** The scripts on days that are known by number, and the resyncs that call them. */
export interface Machine {
  readonly rules: Rules;
  readonly chunks: 1 | 2;
  readonly days: ValuePool<Day>;
  readonly resyncs: ValuePool<Resync>;
  readonly lostDay: number;
  readonly idleResync: number;
  readonly finishedResync: number;
  /** The day that this one becomes; for `merge` undefined: the lease is lost. */
  apply(state: State, change: number): number;
  begin(state: State): number;
  merge(state: State, resync: number): number | undefined;
  read(day: number, server: number, now: number): number | undefined;
  afterRead(day: number): number;
  /** The resync that this one becomes. */
  leased(resync: number, state: State, day: number): number;
  seen(resync: number, snapshot: number): number;
  merging(resync: number): number;
  /** A name that no server has. */
  newServer(state: State): number;
}

/** The machine of these rules, that merges in so many calls. */
export function createMachine(rules: Rules, chunks: 1 | 2): Machine {
  const scripts = createScripts(rules);
  const days = createValuePool<Day>();
  const resyncs = createValuePool<Resync>();
  const nothing = { token: 0, server: 0, since: 0, snapshot: 0 };

  const applied = memoize((day: number, change: number, token: number) => {
    const { slot, version } = CHANGES[change] ?? { slot: 0, version: 0 };
    return days.numberOf(scripts.apply(days.at(day), slot, version, token));
  });
  const begun = memoize((day: number, token: number) => days.numberOf(scripts.begin(days.at(day), token)));
  const merged = memoize((day: number, number, token: number, circumstances: number) => {
    const lease = resyncs.at(number);
    const part = lease.phase === 'merging' ? 1 : 0;
    const next = scripts.merge(days.at(day), {
      lease,
      slots: chunks === 1 ? [0, 1] : [part],
      snapshot: versionsOf(lease.snapshot),
      first: part === 0,
      last: part === chunks - 1,
      server: circumstances >> 4,
      now: circumstances & 15,
      token,
    });
    return next && days.numberOf(next);
  });
  const leased = memoize((number: number, token: number, server: number, since: number) => {
    const resync = resyncs.at(number);
    const phase = resync.phase === 'seen' ? 'holding' : 'leased';
    return resyncs.numberOf({ ...resync, phase, token, server, since });
  });

  return {
    rules,
    chunks,
    days,
    resyncs,
    lostDay: days.numberOf(LOST_DAY),
    idleResync: resyncs.numberOf({ phase: 'to begin', ...nothing }),
    finishedResync: resyncs.numberOf({ phase: 'over', ...nothing }),
    apply: (state, change) => applied(state.day, change, newToken(state)),
    begin: (state) => begun(state.day, newToken(state)),
    merge: (state, resync) => merged(state.day, resync, newToken(state), state.server * 16 + state.now),
    read: memoize((day: number, server: number, now: number) => scripts.read(days.at(day), server, now)),
    afterRead: memoize((day: number) => days.numberOf(scripts.afterRead(days.at(day)))),
    leased: (resync, { server, now }, day) => leased(resync, days.at(day).hash?.lease ?? 0, server, now),
    seen: memoize((number: number, snapshot: number) => {
      const resync = resyncs.at(number);
      return resyncs.numberOf({ ...resync, phase: resync.phase === 'leased' ? 'holding' : 'seen', snapshot });
    }),
    merging: memoize((number: number) => resyncs.numberOf({ ...resyncs.at(number), phase: 'merging' })),
    newServer,
  };

  function newToken({ day, copy, resyncs: [one, other] }: State): number {
    const [tokenOfDay, tokenOfCopy] = [days.at(day).hash?.lease, days.at(copy).hash?.lease];
    return firstUnused([tokenOfDay, tokenOfCopy, resyncs.at(one).token, resyncs.at(other).token]);
  }

  function newServer({ day, copy, server, openConnectionServer: survivor, resyncs: [one, other] }: State): number {
    const [tokenOfDay, tokenOfCopy] = [days.at(day).hash?.server, days.at(copy).hash?.server];
    return firstUnused([tokenOfDay, tokenOfCopy, server, survivor, resyncs.at(one).server, resyncs.at(other).server]);
  }
}

/** Random names are only ever compared. So the first that nobody has stands for all of them, and the worlds are finitely many. */
function firstUnused(used: readonly (number | undefined)[]): number {
  for (let name = 1; ; name++) if (!used.includes(name)) return name;
}
