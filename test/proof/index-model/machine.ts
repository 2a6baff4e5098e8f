import { type Pool, pool, remembering } from './pool.ts';
import { type Day, type Lease, LOST, type Rules } from './rules.ts';
import { scriptsOf } from './scripts.ts';
import { versionsOf, type World } from './world.ts';
import { CHANGES } from './writers.ts';

/** How far a resync is, and what it keeps: its lease and what it saw in the database. */
export interface Resync extends Lease {
  readonly phase: 'to begin' | 'leased' | 'seen' | 'holding' | 'merging' | 'over';
  readonly snapshot: number;
}

/** The scripts on days that are known by number, and the resyncs that call them. */
export interface Machine {
  readonly rules: Rules;
  readonly chunks: 1 | 2;
  readonly days: Pool<Day>;
  readonly resyncs: Pool<Resync>;
  readonly lost: number;
  readonly idle: number;
  readonly over: number;
  /** The day that this one becomes; for `merge` undefined: the lease is lost. */
  apply(world: World, change: number): number;
  begin(world: World): number;
  merge(world: World, resync: number): number | undefined;
  read(day: number, server: number, now: number): number | undefined;
  afterRead(day: number): number;
  /** The resync that this one becomes. */
  leased(resync: number, world: World, day: number): number;
  seen(resync: number, snapshot: number): number;
  merging(resync: number): number;
  /** A name that no server has. */
  newServer(world: World): number;
}

/** The machine of these rules, that merges in so many calls. */
export function machineOf(rules: Rules, chunks: 1 | 2): Machine {
  const scripts = scriptsOf(rules);
  const days = pool<Day>();
  const resyncs = pool<Resync>();
  const nothing = { token: 0, server: 0, since: 0, snapshot: 0 };

  const applied = remembering((day: number, change: number, token: number) => {
    const { slot, version } = CHANGES[change] ?? { slot: 0, version: 0 };
    return days.numberOf(scripts.apply(days.at(day), slot, version, token));
  });
  const begun = remembering((day: number, token: number) => days.numberOf(scripts.begin(days.at(day), token)));
  const merged = remembering((day: number, number: number, token: number, circumstances: number) => {
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
  const leased = remembering((number: number, token: number, server: number, since: number) => {
    const resync = resyncs.at(number);
    const phase = resync.phase === 'seen' ? 'holding' : 'leased';
    return resyncs.numberOf({ ...resync, phase, token, server, since });
  });

  return {
    rules,
    chunks,
    days,
    resyncs,
    lost: days.numberOf(LOST),
    idle: resyncs.numberOf({ phase: 'to begin', ...nothing }),
    over: resyncs.numberOf({ phase: 'over', ...nothing }),
    apply: (world, change) => applied(world.day, change, newToken(world)),
    begin: (world) => begun(world.day, newToken(world)),
    merge: (world, resync) => merged(world.day, resync, newToken(world), world.server * 16 + world.now),
    read: remembering((day: number, server: number, now: number) => scripts.read(days.at(day), server, now)),
    afterRead: remembering((day: number) => days.numberOf(scripts.afterRead(days.at(day)))),
    leased: (resync, { server, now }, day) => leased(resync, days.at(day).hash?.lease ?? 0, server, now),
    seen: remembering((number: number, snapshot: number) => {
      const resync = resyncs.at(number);
      return resyncs.numberOf({ ...resync, phase: resync.phase === 'leased' ? 'holding' : 'seen', snapshot });
    }),
    merging: remembering((number: number) => resyncs.numberOf({ ...resyncs.at(number), phase: 'merging' })),
    newServer,
  };

  function newToken({ day, copy, resyncs: [one, other] }: World): number {
    const [here, there] = [days.at(day).hash?.lease, days.at(copy).hash?.lease];
    return firstBut([here, there, resyncs.at(one).token, resyncs.at(other).token]);
  }

  function newServer({ day, copy, server, survivor, resyncs: [one, other] }: World): number {
    const [here, there] = [days.at(day).hash?.server, days.at(copy).hash?.server];
    return firstBut([here, there, server, survivor, resyncs.at(one).server, resyncs.at(other).server]);
  }
}

/** Random names are only ever compared. So the first that nobody has stands for all of them, and the worlds are finitely many. */
function firstBut(taken: readonly (number | undefined)[]): number {
  for (let name = 1; ; name++) if (!taken.includes(name)) return name;
}
