import type { Rules } from './rules.ts';
import type { Scenario } from './state.ts';

/** The rules of the index as designed. */
export const DESIGN_RULES: Rules = {
  relay: true,
  compareVersions: true,
  resync: 'merge',
  lease: 'random',
  countAtBegin: true,
  countAtRead: true,
  server: 'term',
  serverRead: 'in each script',
  mergeComparesServer: true,
  synced: 'since the lease',
  snapshotOf: 'writer',
  changeDropsView: true,
};

const QUIET: Scenario = { resyncs: 2, losses: 0, returns: 0, returnBy: 'restart', lostChanges: 0, ticks: 0, chunks: 1 };
const LOSS: Scenario = { ...QUIET, losses: 1 };
const RESTART: Scenario = { ...QUIET, returns: 1 };
const FAILOVER: Scenario = { ...QUIET, returns: 1, returnBy: 'failover' };
const FAILOVER_AND_BACK: Scenario = { ...FAILOVER, returns: 2 };
const LOST_CHANGE: Scenario = { ...QUIET, lostChanges: 1, ticks: 1 };

/** What the design has to survive in every run of the tests. */
export const SOME_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a key is lost': LOSS,
  'a restart from an old dump': { ...RESTART, resyncs: 1 },
  'a change is forgotten': { ...LOST_CHANGE, resyncs: 1 },
};

/** What it has to survive in the proof. Where servers are named by their terms, a failover is no other than a restart. */
export const ALL_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'nothing is lost': { ...QUIET, chunks: 2 },
  'two losses, merges in parts': { ...QUIET, losses: 2, chunks: 2 },
  'a loss and a restart from an old dump': { ...RESTART, losses: 1 },
  'a failover, merges in parts': { ...FAILOVER, chunks: 2 },
  'a failover and back': FAILOVER_AND_BACK,
  'a change is forgotten, a loss': { ...LOST_CHANGE, losses: 1 },
};

interface Mutant {
  readonly rules: Partial<Rules>;
  readonly scenario: Scenario;
}

/** The design with one rule broken, and a scenario that it does not survive. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'no outbox': { rules: { relay: false }, scenario: QUIET },
  'no version compare': { rules: { compareVersions: false }, scenario: QUIET },
  'delete and rebuild': { rules: { resync: 'delete and rebuild' }, scenario: QUIET },
  'rename swap': { rules: { resync: 'rename' }, scenario: QUIET },
  'view kept after a change': { rules: { changeDropsView: false }, scenario: QUIET },
  'no token': { rules: { lease: 'none' }, scenario: LOSS },
  'counter instead of a random token': { rules: { lease: 'counter' }, scenario: LOSS },
  'lease after the snapshot': { rules: { lease: 'after the snapshot' }, scenario: LOSS },
  'snapshot of a lagging reader': { rules: { snapshotOf: 'lagging reader' }, scenario: LOSS },
  'no count on read': { rules: { countAtRead: false }, scenario: LOSS },
  'no count on begin': { rules: { countAtBegin: false }, scenario: LOSS },
  'no run_id': { rules: { server: 'no name' }, scenario: RESTART },
  'merge on another server than begin': { rules: { mergeComparesServer: false }, scenario: RESTART },
  'run_id of the process': { rules: { server: 'process' }, scenario: FAILOVER_AND_BACK },
  'server asked once a connection': { rules: { serverRead: 'once a connection' }, scenario: FAILOVER },
  'no freshness': { rules: { synced: 'does not matter' }, scenario: LOST_CHANGE },
  'fresh since the merge': { rules: { synced: 'since the merge' }, scenario: LOST_CHANGE },
};

/** Rules that are broken at no cost, where no more befalls the index than this: why the mutants need their scenarios. */
export const HARMLESS_MUTANTS: Readonly<Record<string, Mutant>> = {
  'snapshot of a lagging reader, nothing is lost': { rules: { snapshotOf: 'lagging reader' }, scenario: QUIET },
  'run_id of the process, no way back': { rules: { server: 'process' }, scenario: FAILOVER },
};
