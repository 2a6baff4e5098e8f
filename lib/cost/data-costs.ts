import { DATABASE_GIGABYTES, DAYS_PER_MONTH, PER_BOOKING } from './assumptions.ts';
import { type CostLine, type CostPart, sum } from './cost-line.ts';
import { countRuns } from './count-runs.ts';
import { findResources, type Resource, readList, readNumber } from './resources.ts';

/** The data of the database, its snapshots, and their copies in a second region. */
export const DATA_COSTS: CostPart = {
  types: ['AWS::Backup::BackupPlan'],
  listAtRest: (resources) => listDataCosts(resources, DATABASE_GIGABYTES),
  listPerBooking: (resources) => listDataCosts(resources, PER_BOOKING.databaseBytes / 1e9),
};

function listDataCosts(resources: readonly Resource[], gigabytes: number): CostLine[] {
  const [cluster] = findResources(resources, 'AWS::RDS::DBCluster');
  // Snapshots are free as long as the automated backups reach back to them.
  const freeDays = cluster ? readNumber(cluster, 'BackupRetentionPeriod') : 0;
  const rules = findResources(resources, 'AWS::Backup::BackupPlan').flatMap((plan) =>
    readList(plan, 'BackupPlan', 'BackupPlanRule').map((properties) => ({ ...plan, properties })),
  );
  const copies = rules.flatMap((rule) =>
    readList(rule, 'CopyActions').map((properties) => ({ copy: { ...rule, properties }, runs: countRuns(rule) })),
  );
  const billed = rules.map((rule) => (countRuns(rule) * Math.max(0, readDays(rule) - freeDays)) / DAYS_PER_MONTH);
  const kept = copies.map(({ copy, runs }) => (runs * readDays(copy)) / DAYS_PER_MONTH);
  return [
    { what: 'storage of the database', price: 'auroraStorage', quantity: gigabytes },
    { what: 'older snapshots', price: 'auroraSnapshots', quantity: sum(billed) * gigabytes },
    // Aurora copies all data each time.
    { what: 'snapshots in the second region', price: 'auroraSnapshots', quantity: sum(kept) * gigabytes },
    {
      what: 'transfer of snapshots',
      price: 'transferToRegion',
      quantity: sum(copies.map(({ runs }) => runs)) * gigabytes,
    },
  ];
}

const readDays = (rule: Resource) => readNumber(rule, 'Lifecycle', 'DeleteAfterDays');
