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

const QUIET: Scenario = {
  resyncs: 2,
  dataLosses: 0,
  returns: 0,
  returnBy: 'restart',
  lostChanges: 0,
  ticks: 0,
  chunks: 1,
};
const DATA_LOSS: Scenario = { ...QUIET, dataLosses: 1 };
const RESTART: Scenario = { ...QUIET, returns: 1 };
const FAILOVER: Scenario = { ...QUIET, returns: 1, returnBy: 'failover' };
const FAILOVER_AND_BACK: Scenario = { ...FAILOVER, returns: 2 };
const LOST_CHANGE: Scenario = { ...QUIET, lostChanges: 1, ticks: 1 };

/** The scenarios that every run of the tests checks. */
export const SOME_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a key is lost': DATA_LOSS,
  'a restart from an old dump': { ...RESTART, resyncs: 1 },
  'a change is lost': { ...LOST_CHANGE, resyncs: 1 },
};

/** The scenarios that the proof checks. */
export const ALL_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'nothing is lost': { ...QUIET, chunks: 2 },
  'two keys are lost, merges in two calls': { ...QUIET, dataLosses: 2, chunks: 2 },
  'a key is lost, a restart from an old dump': { ...RESTART, dataLosses: 1 },
  'a failover, merges in two calls': { ...FAILOVER, chunks: 2 },
  'a failover and back': FAILOVER_AND_BACK,
  'a change and a key are lost': { ...LOST_CHANGE, dataLosses: 1 },
};

interface Mutant {
  readonly rules: Partial<Rules>;
  readonly scenario: Scenario;
}

/** Rules that each differ from the design in one point, with a scenario in which the index then fails. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'no outbox': { rules: { relay: false }, scenario: QUIET },
  'no comparison of versions': { rules: { compareVersions: false }, scenario: QUIET },
  'delete and rebuild': { rules: { resync: 'delete and rebuild' }, scenario: QUIET },
  'swap by rename': { rules: { resync: 'rename' }, scenario: QUIET },
  'view kept after a change': { rules: { changeDropsView: false }, scenario: QUIET },
  'no lease token': { rules: { lease: 'none' }, scenario: DATA_LOSS },
  'counter instead of a random token': { rules: { lease: 'counter' }, scenario: DATA_LOSS },
  'lease after the snapshot': { rules: { lease: 'after the snapshot' }, scenario: DATA_LOSS },
  'snapshot of a lagging reader': { rules: { snapshotOf: 'lagging reader' }, scenario: DATA_LOSS },
  'no count of slots on read': { rules: { countAtRead: false }, scenario: DATA_LOSS },
  'no count of slots on begin': { rules: { countAtBegin: false }, scenario: DATA_LOSS },
  'no server name': { rules: { server: 'no name' }, scenario: RESTART },
  'merge on another server than begin': { rules: { mergeComparesServer: false }, scenario: RESTART },
  'server named by its run_id': { rules: { server: 'process' }, scenario: FAILOVER_AND_BACK },
  'server name read once per connection': { rules: { serverRead: 'once per connection' }, scenario: FAILOVER },
  'time of the last sync ignored': { rules: { synced: 'ignored' }, scenario: LOST_CHANGE },
  'time of the merge as time of the sync': { rules: { synced: 'since the merge' }, scenario: LOST_CHANGE },
};

/** Rules that differ from the design and do no harm in a simpler scenario. They show that the mutants need their scenarios. */
export const HARMLESS_MUTANTS: Readonly<Record<string, Mutant>> = {
  'snapshot of a lagging reader, nothing is lost': { rules: { snapshotOf: 'lagging reader' }, scenario: QUIET },
  'server named by its run_id, one failover': { rules: { server: 'process' }, scenario: FAILOVER },
};
