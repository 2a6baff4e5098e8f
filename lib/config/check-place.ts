import { quoted } from './spelling.ts';
import type { StageConfig } from './stages.ts';

/** What is wrong with where and how large a stage is to be, in sentences: found before anything is created. */
export function faultsOfPlace(config: StageConfig): string[] {
  const { account, region, recovery, availabilityZones: zones, endpointZones, readers, cache, snapshots } = config;
  // A stage that names no region goes to that of whoever deploys, which the CDK's command tells by this variable.
  const rules: readonly (readonly [boolean, string])[] = [
    [account === undefined || ACCOUNT.test(account), `account ${quoted(account)} is not twelve digits`],
    [region === undefined || REGION.test(region), `region ${quoted(region)} is not a region, such as us-east-1`],
    [
      recovery === undefined || REGION.test(recovery.region),
      `recovery.region ${quoted(recovery?.region)} is not a region, such as us-west-2`,
    ],
    [
      recovery === undefined || recovery.region !== (region ?? process.env.CDK_DEFAULT_REGION),
      `recovery.region ${quoted(recovery?.region)} is the stage's own: choose another, which fails on another day`,
    ],
    [recovery === undefined || snapshots !== undefined, 'recovery needs snapshots, which it copies'],
    [
      recovery?.lockFinalAfter === undefined || recovery.lockFinalAfter.toDays() >= 3,
      'recovery.lockFinalAfter is under three days, the least that AWS Backup takes',
    ],
    [
      snapshots === undefined || (snapshots.everyHours > 0 && 24 % snapshots.everyHours === 0),
      `snapshots.everyHours ${snapshots?.everyHours} does not divide the day`,
    ],
    [zones >= 2 && zones <= 3, `availabilityZones ${zones} is not 2 or 3`],
    [endpointZones >= 1 && endpointZones <= zones, `endpointZones ${endpointZones} is not between 1 and ${zones}`],
    [readers >= 1 && readers <= 15, `readers ${readers} is not between 1 and 15`],
    [cache.nodes >= 1 && cache.nodes <= 6, `cache.nodes ${cache.nodes} is not between 1 and 6`],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => fault);
}

const ACCOUNT = /^\d{12}$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
