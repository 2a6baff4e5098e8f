import {
  type DBEngineVersion,
  DescribeDBEngineVersionsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
} from '@aws-sdk/client-rds';
import type { Account } from './account.ts';
import { type Check, defineCheck } from './check.ts';
import { type Finding, ok, problem } from './finding.ts';
import { readWith } from './permission.ts';
import type { StageNeeds } from './stage-needs.ts';
import { judgeOffer } from './zone-checks.ts';

/** Whether the database's version can be created with the stage's capacity, and in which zones. */
export const DATABASE_CHECKS: readonly Check[] = [
  defineCheck('Aurora version', readVersion, judgeVersion),
  defineCheck('Aurora zones', readInstanceZones, (offer) => [judgeOffer(offer)]),
];

async function readVersion({ rds }: Account, { database }: StageNeeds): Promise<DBEngineVersion | undefined> {
  const request = { Engine: database.engine, EngineVersion: database.version };
  const { DBEngineVersions } = await readWith(
    'rds:DescribeDBEngineVersions',
    rds.send(new DescribeDBEngineVersionsCommand(request)),
  );
  return DBEngineVersions?.[0];
}

function judgeVersion(version: DBEngineVersion | undefined, { database, config }: StageNeeds): Finding[] {
  const name = `${database.engine} ${database.version}`;
  const otherVersions = `Choose another version in lib/constructs/data/create-aurora-cluster.ts: aws rds describe-db-engine-versions --engine ${database.engine} --query "DBEngineVersions[].[EngineVersion,ServerlessV2FeaturesSupport]"`;
  if (version?.Status !== 'available')
    return [problem(`${name} is ${version?.Status ?? 'not offered in this region'}`, otherVersions)];
  const { MinCapacity, MaxCapacity } = version.ServerlessV2FeaturesSupport ?? {};
  if (MinCapacity === undefined || MaxCapacity === undefined)
    return [problem(`${name} has no Serverless v2 in this region`, otherVersions)];
  const { min, max } = database.capacity;
  if (min < MinCapacity || max > MaxCapacity)
    return [
      problem(
        `${name} allows ${MinCapacity} to ${MaxCapacity} capacity units, but stage ${config.stage} has ${min} to ${max}`,
        otherVersions,
      ),
    ];
  return [ok(`${name}, ${min} to ${max} capacity units`)];
}

async function readInstanceZones(account: Account, { database }: StageNeeds) {
  const request = {
    Engine: database.engine,
    EngineVersion: database.version,
    DBInstanceClass: database.instanceClass,
    Vpc: true,
  };
  const { OrderableDBInstanceOptions = [] } = await readWith(
    'rds:DescribeOrderableDBInstanceOptions',
    account.rds.send(new DescribeOrderableDBInstanceOptionsCommand(request)),
  );
  const names = OrderableDBInstanceOptions.flatMap(({ AvailabilityZones = [] }) => AvailabilityZones).map(
    ({ Name = '' }) => Name,
  );
  return { zones: await account.zones(), offered: [...new Set(names)].sort() };
}
