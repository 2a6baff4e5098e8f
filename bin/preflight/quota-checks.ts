import { DescribeAddressesCommand, DescribeVpcsCommand, type Tag } from '@aws-sdk/client-ec2';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { Account } from './account.ts';
import { type Check, defineCheck } from './check.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { readWith } from './permission.ts';
import {
  ELASTIC_IPS,
  INTERFACE_ENDPOINTS,
  LAMBDA_CONCURRENCY,
  NETWORKS,
  type Quota,
  readQuota,
  requestQuota,
} from './quota.ts';
import type { StageNeeds } from './stage-needs.ts';

/** Whether the account has room for the stage. */
export const QUOTA_CHECKS: readonly Check[] = [
  defineCheck('Concurrency', readConcurrency, judgeConcurrency),
  defineCheck('Networks', readNetworks, (use) => [judgeUse(NETWORKS, use)]),
  defineCheck('Endpoint quota', readEndpoints, (use) => (use ? [judgeUse(INTERFACE_ENDPOINTS, use)] : [])),
  defineCheck('Elastic IPs', readElasticIps, (use) => (use ? [judgeUse(ELASTIC_IPS, use)] : [])),
];

/** Lambda requires that so many concurrent executions stay unreserved. */
const UNRESERVED_MINIMUM = 100;

interface Concurrency {
  readonly limit: number;
  readonly unreserved: number;
}

async function readConcurrency({ lambda }: Account): Promise<Concurrency> {
  const { AccountLimit } = await readWith('lambda:GetAccountSettings', lambda.send(new GetAccountSettingsCommand({})));
  return {
    limit: AccountLimit?.ConcurrentExecutions ?? 0,
    unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0,
  };
}

function judgeConcurrency({ limit, unreserved }: Concurrency, needs: StageNeeds): Finding[] {
  const { reservedConcurrency: reserved, config } = needs;
  const needed = reserved === 0 ? 0 : reserved + UNRESERVED_MINIMUM;
  const request = requestQuota(LAMBDA_CONCURRENCY, Math.max(1_000, needed));
  const message = `${limit} executions at a time, of which the stage reserves ${reserved}`;
  if (limit < needed)
    return [
      problem(
        `${message}; ${UNRESERVED_MINIMUM} must stay unreserved`,
        `${request}\nUntil it is granted: reserveConcurrency: false in stage ${config.stage} of lib/config/stages.ts`,
      ),
    ];
  // If exactly as much is reserved as the stage reserves, these are its own reservations.
  const isDeployedAlone = limit - unreserved === reserved;
  if (unreserved < needed && !isDeployedAlone)
    return [warning(`${message}; only ${unreserved} are unreserved: too few, unless the stage is deployed`, request)];
  if (limit < UNRESERVED_MINIMUM) return [warning(`${message}; requests beyond them fail`, request)];
  return [ok(message)];
}

/** How much of a quota the stage and others in the account use. */
interface QuotaUse {
  readonly quota: number;
  readonly usedByOthers: number;
  readonly needed: number;
}

function judgeUse(quota: Quota, { quota: allowed, usedByOthers, needed }: QuotaUse): Finding {
  const message = `${allowed} ${quota.what}: ${usedByOthers} used by others, ${needed} needed`;
  return usedByOthers + needed > allowed ? problem(message, requestQuota(quota, usedByOthers + needed)) : ok(message);
}

async function readNetworks({ ec2, quotas }: Account, { config }: StageNeeds): Promise<QuotaUse> {
  const { Vpcs = [] } = await readWith('ec2:DescribeVpcs', ec2.send(new DescribeVpcsCommand({})));
  return { quota: await readQuota(quotas, NETWORKS), usedByOthers: countOthers(Vpcs, config.stage), needed: 1 };
}

async function readEndpoints({ quotas }: Account, { endpoints }: StageNeeds): Promise<QuotaUse | undefined> {
  if (endpoints.length === 0) return undefined;
  return { quota: await readQuota(quotas, INTERFACE_ENDPOINTS), usedByOthers: 0, needed: endpoints.length };
}

async function readElasticIps({ ec2, quotas }: Account, needs: StageNeeds): Promise<QuotaUse | undefined> {
  if (needs.elasticIps === 0) return undefined;
  const { Addresses = [] } = await readWith('ec2:DescribeAddresses', ec2.send(new DescribeAddressesCommand({})));
  return {
    quota: await readQuota(quotas, ELASTIC_IPS),
    usedByOthers: countOthers(Addresses, needs.config.stage),
    needed: needs.elasticIps,
  };
}

/** Counts resources without the tags of the stage, which those of an earlier deployment have. */
function countOthers(resources: readonly { readonly Tags?: Tag[] }[], stage: string): number {
  const has = (tags: readonly Tag[], key: string, value: string) =>
    tags.some(({ Key, Value }) => Key === key && Value === value);
  return resources.filter(({ Tags = [] }) => !(has(Tags, 'Project', 'MedBook') && has(Tags, 'Stage', stage))).length;
}
