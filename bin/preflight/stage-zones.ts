import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { type StageConfig, ZONE_COUNT } from '../../lib/config/stages.ts';
import { readWith } from './permission.ts';

/** An availability zone. Its name stands for another zone in each account; its id, such as `use1-az3`, does not. */
export interface Zone {
  readonly name: string;
  readonly id: string;
}

/** The zones of a region and of a stage. */
export interface StageZones {
  /** The zones of the region that can be used, by name. */
  readonly available: readonly Zone[];
  /** The names of the stage's zones, whether they exist or not. */
  readonly chosen: readonly string[];
}

/** Returns the zones of the region and of the stage. */
export async function readStageZones(ec2: EC2Client, config: StageConfig): Promise<StageZones> {
  const { AvailabilityZones = [] } = await readWith(
    'ec2:DescribeAvailabilityZones',
    ec2.send(new DescribeAvailabilityZonesCommand({ Filters: [{ Name: 'zone-type', Values: ['availability-zone'] }] })),
  );
  const available = AvailabilityZones.filter(({ State }) => State === 'available')
    .map(({ ZoneName = '', ZoneId = '' }) => ({ name: ZoneName, id: ZoneId }))
    .sort((a, b) => a.name.localeCompare(b.name));
  if (config.availabilityZones) return { available, chosen: config.availabilityZones };
  const { Subnets = [] } = await readWith(
    'ec2:DescribeSubnets',
    ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'default-for-az', Values: ['true'] }] })),
  );
  const withDefaultSubnet = new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone));
  return { available, chosen: listFirstZones(available, withDefaultSubnet) };
}

/** Returns what `Fn::GetAZs` does: only zones with a default subnet, unless there is none; in alphabetical order. */
function listFirstZones(available: readonly Zone[], withDefaultSubnet: ReadonlySet<string | undefined>): string[] {
  const names = available.map(({ name }) => name);
  const listed = names.filter((name) => withDefaultSubnet.has(name));
  return (listed.length > 0 ? listed : names).slice(0, ZONE_COUNT);
}
