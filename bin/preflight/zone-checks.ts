import { DescribeVpcEndpointServicesCommand } from '@aws-sdk/client-ec2';
import type { Account } from './account.ts';
import { type Check, defineCheck } from './check.ts';
import { type Finding, ok, problem } from './finding.ts';
import { readWith } from './permission.ts';
import type { StageNeeds, ZoneReference } from './stage-needs.ts';
import type { StageZones } from './stage-zones.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.html#rds-proxy.limitations */
const ZONE_IDS_WITHOUT_PROXY: ReadonlySet<string> = new Set(['use1-az3', 'usw1-az2']);

/** Whether the zones exist, and have RDS Proxy and each AWS service that the stage has an endpoint for. */
export const ZONE_CHECKS: readonly Check[] = [
  defineCheck(
    'Zones',
    (account) => account.zones(),
    (zones) => [judgeOffer({ zones, offered: zones.available.map(({ name }) => name) })],
  ),
  defineCheck('RDS Proxy', async (account, { hasProxy }) => (hasProxy ? account.zones() : undefined), judgeProxy),
  defineCheck('Endpoints', readEndpointZones, judgeEndpoints),
];

/** What is offered where, and where the stage needs it. */
export interface Offer {
  readonly zones: StageZones;
  /** The names of the zones that have it. */
  readonly offered: readonly string[];
  /** @default - in all zones of the stage */
  readonly needed?: readonly ZoneReference[];
  /** What is offered. @default - the subject of the check */
  readonly what?: string;
}

/** Returns a problem if something is not offered in a zone in which the stage needs it. */
export function judgeOffer({ zones: { available, chosen }, offered, needed = chosen, what }: Offer): Finding {
  const names = needed.map((zone) => (typeof zone === 'number' ? (chosen[zone] ?? `zone ${zone + 1}`) : zone));
  const missing = names.filter((name) => !offered.includes(name));
  const list = (zones: readonly string[]) =>
    zones.map((name) => `${name} (${available.find((zone) => zone.name === name)?.id ?? 'no such zone'})`).join(', ');
  const start = what ? `${what}: ` : '';
  const finding = missing.length === 0 ? ok(`${start}${list(names)}`) : problem(`${start}not in ${list(missing)}`);
  return { ...finding, offeredIn: offered };
}

function judgeProxy(zones: StageZones | undefined): Finding[] {
  if (!zones) return [];
  const offered = zones.available.filter(({ id }) => !ZONE_IDS_WITHOUT_PROXY.has(id)).map(({ name }) => name);
  return [judgeOffer({ zones, offered })];
}

interface EndpointZones {
  readonly zones: StageZones;
  /** The names of the zones by service, such as `sqs`. */
  readonly offers: ReadonlyMap<string, readonly string[]>;
}

async function readEndpointZones(account: Account, { endpoints }: StageNeeds): Promise<EndpointZones | undefined> {
  if (endpoints.length === 0) return undefined;
  const prefix = `com.amazonaws.${account.region}.`;
  const names = endpoints.map(({ service }) => `${prefix}${service}`);
  const { ServiceDetails = [] } = await readWith(
    'ec2:DescribeVpcEndpointServices',
    // A filter, because for an unknown name in `ServiceNames` AWS would refuse the request.
    account.ec2.send(new DescribeVpcEndpointServicesCommand({ Filters: [{ Name: 'service-name', Values: names }] })),
  );
  const offers = ServiceDetails.map(
    ({ ServiceName = '', AvailabilityZones = [] }) => [ServiceName.slice(prefix.length), AvailabilityZones] as const,
  );
  return { zones: await account.zones(), offers: new Map(offers) };
}

function judgeEndpoints(answer: EndpointZones | undefined, { endpoints }: StageNeeds): Finding[] {
  if (!answer) return [];
  return endpoints.map(({ service, zones: needed }) => {
    const offered = answer.offers.get(service);
    if (offered) return judgeOffer({ zones: answer.zones, offered, needed, what: service });
    return problem(`${service}: not offered in this region`, 'Choose another region.');
  });
}
