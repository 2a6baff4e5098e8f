import { quoteValue } from './domain-names.ts';
import { type StageConfig, ZONE_COUNT } from './stages.ts';

/** Returns the errors in a stage's account, regions, zones, sizes and snapshots, one sentence each. */
export function findTopologyErrors(config: StageConfig): string[] {
  const { account, region, recovery, availabilityZones, endpointZones, readers, cache, snapshots } = config;
  const rules: readonly (readonly [boolean, string])[] = [
    [
      account === undefined || ACCOUNT_PATTERN.test(account),
      `account ${quoteValue(account)} is not a 12-digit account ID`,
    ],
    [
      region === undefined || REGION_PATTERN.test(region),
      `region ${quoteValue(region)} is not a region, such as us-east-1`,
    ],
    [
      recovery === undefined || REGION_PATTERN.test(recovery.region),
      `recovery.region ${quoteValue(recovery?.region)} is not a region, such as us-west-2`,
    ],
    [
      // A stage without a region is deployed to the CDK CLI's default region, which the CLI passes in this variable.
      recovery === undefined || recovery.region !== (region ?? process.env.CDK_DEFAULT_REGION),
      `recovery.region ${quoteValue(recovery?.region)} is the stage's own region: choose another one`,
    ],
    [recovery === undefined || snapshots !== undefined, 'recovery needs snapshots: it copies them to another region'],
    [
      recovery?.lockFinalAfter === undefined || recovery.lockFinalAfter.toDays() >= 3,
      'recovery.lockFinalAfter is shorter than three days, the minimum of AWS Backup',
    ],
    [
      snapshots === undefined || (snapshots.everyHours > 0 && 24 % snapshots.everyHours === 0),
      `snapshots.everyHours ${snapshots?.everyHours} is not a positive divisor of 24`,
    ],
    ...listZoneRules(region, availabilityZones),
    [
      endpointZones >= 0 && endpointZones <= ZONE_COUNT,
      `endpointZones ${endpointZones} is not between 0 and ${ZONE_COUNT}`,
    ],
    [readers >= 0 && readers <= 15, `readers ${readers} is not between 0 and 15`],
    [cache.nodes >= 2 && cache.nodes <= 6, `cache.nodes ${cache.nodes} is not between 2 and 6`],
  ];
  return rules.filter(([isMet]) => !isMet).map(([, message]) => message);
}

function listZoneRules(
  region: string | undefined,
  zones: readonly string[] | undefined,
): (readonly [boolean, string])[] {
  if (zones === undefined) return [];
  if (region === undefined)
    return [[false, 'availabilityZones needs region: add the region of these zones, or remove them']];
  const example = `such as ${['a', 'b', 'c'].map((letter) => `${region}${letter}`).join(', ')}`;
  return [
    ...zones.map(
      (zone) =>
        [
          zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length)),
          `availabilityZones ${quoteValue(zone)} is not a zone of the region ${region}: name zones of it, ${example}`,
        ] as const,
    ),
    [
      zones.length === ZONE_COUNT && new Set(zones).size === ZONE_COUNT,
      `availabilityZones ${JSON.stringify(zones)} are not ${ZONE_COUNT} different zones: name ${ZONE_COUNT}, ${example}`,
    ],
  ];
}

const ACCOUNT_PATTERN = /^\d{12}$/;
const REGION_PATTERN = /^[a-z]{2}(-[a-z]+)+-\d$/;
