import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { getMaxConnections, getSizeSettings, listSizes, type Size } from '../../lib/config/sizes.ts';
import { getStageConfig } from '../../lib/config/stages.ts';
import { synthesizeConfig } from './synthesize-stage.ts';

interface Template {
  readonly Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
  readonly Outputs?: Record<string, { Export?: { Name: unknown } }>;
}

/**
 * The types that hold data, or that such resources cannot leave, with the properties that CloudFormation changes without replacing the
 * resource ("Update requires: No interruption" or "Some interruptions" in its resource reference).
 */
const KEPT_TYPES: Readonly<Record<string, readonly string[]>> = {
  'AWS::Backup::BackupVault': [],
  'AWS::Cognito::UserPool': ['UserPoolTier', 'UserPoolAddOns'],
  'AWS::EC2::SecurityGroup': [],
  'AWS::EC2::Subnet': [],
  'AWS::EC2::VPC': [],
  'AWS::EC2::VPCCidrBlock': [],
  'AWS::ElastiCache::ParameterGroup': [],
  'AWS::ElastiCache::ReplicationGroup': [
    'AutomaticFailoverEnabled',
    'CacheNodeType',
    'MultiAZEnabled',
    'NumCacheClusters',
  ],
  'AWS::ElastiCache::SubnetGroup': [],
  'AWS::KMS::Key': ['KeyPolicy'],
  'AWS::Logs::LogGroup': [],
  'AWS::RDS::DBCluster': [
    'MonitoringInterval',
    'MonitoringRoleArn',
    'PerformanceInsightsEnabled',
    'PerformanceInsightsKmsKeyId',
    'PerformanceInsightsRetentionPeriod',
    'ServerlessV2ScalingConfiguration',
  ],
  'AWS::RDS::DBClusterParameterGroup': ['Parameters'],
  'AWS::RDS::DBSubnetGroup': [],
  'AWS::SNS::Topic': [],
  'AWS::SQS::Queue': [],
};

/** Security groups that hold no data, and that a smaller size does not need. */
const REMOVABLE = /^(NetworkServices|DatabaseProxy)/;

const moves = listSizes().flatMap((from, i) =>
  listSizes()
    .slice(i + 1)
    .map((to) => [from, to] as const),
);

function synthesizeSize(size: Size, more: { readonly keepIpv6Egress?: boolean } = {}): Record<string, Template> {
  const { templates } = synthesizeConfig({ ...getStageConfig('prod', size), ...more });
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, template.toJSON() as Template]));
}

describe.each(moves)('moving up from %s to %s', (from, to) => {
  const [before, after] = [synthesizeSize(from), synthesizeSize(to)];

  test('replaces nothing that holds data', () => {
    let compared = 0;
    for (const [name, { Resources }] of Object.entries(before)) {
      for (const [id, { Type, Properties = {} }] of Object.entries(Resources)) {
        const changeable = KEPT_TYPES[Type];
        if (changeable === undefined || REMOVABLE.test(id)) continue;
        const later = after[name]?.Resources[id]?.Properties ?? expect.fail(`${to} has no ${name}/${id}.`);
        const changed = Object.keys({ ...Properties, ...later }).filter(
          (property) => !isDeepStrictEqual(Properties[property], later[property]),
        );
        expect(
          changed.filter((property) => !changeable.includes(property)),
          `${name}/${id}`,
        ).toEqual([]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(40);
  });

  // The live versions of the functions use them until the Service stack is updated, and during its gradual deployment.
  test('with keepIpv6Egress removes no route and no rule of a security group', () => {
    const { Resources } = synthesizeSize(to, { keepIpv6Egress: true }).data ?? expect.fail();
    const paths = Object.entries(before.data?.Resources ?? {}).filter(([, { Type }]) =>
      /^AWS::EC2::(Route|EgressOnlyInternetGateway|SecurityGroup(In|E)gress)$/.test(Type),
    );
    expect(paths.length).toBeGreaterThan(5);
    for (const [id, resource] of paths) expect(Resources[id], id).toEqual(resource);
  });

  // CloudFormation updates the Data stack first, and refuses to remove an export that another stack still imports.
  test('removes no export of a stack', () => {
    const listExports = ({ Outputs = {} }: Template) => Object.values(Outputs).flatMap(({ Export }) => Export ?? []);
    for (const [name, template] of Object.entries(before)) {
      const kept = listExports(after[name] ?? expect.fail(name));
      expect(kept, name).toEqual(expect.arrayContaining(listExports(template)));
    }
  });
});

test('a size without RDS Proxy has more connections than two versions of its functions can open', () => {
  // Six jobs, each of them once.
  const jobs = 6;
  for (const size of listSizes()) {
    const { concurrency, databaseCapacity, databaseProxy } = getSizeSettings(size);
    // During a gradual deployment, instances of the old version keep their connection for a while.
    const { availabilityApi, patientApi, staffApi } = concurrency;
    const sum = Object.values(concurrency).reduce((total, one) => total + one, jobs);
    const connections = sum + availabilityApi + patientApi + staffApi;
    if (!databaseProxy) expect(connections, size).toBeLessThanOrEqual(0.8 * getMaxConnections(databaseCapacity));
  }
});

test('a database that pauses has no proxy and no frequent jobs, which would keep it awake', () => {
  for (const size of listSizes()) {
    const { databaseCapacity, databaseProxy, hourlyJobs } = getSizeSettings(size);
    if (databaseCapacity.min === 0)
      expect({ databaseProxy, hourlyJobs }, size).toEqual({ databaseProxy: false, hourlyJobs: true });
  }
});

test('an unknown stage or size fails with the valid ones', () => {
  expect(() => getStageConfig('test')).toThrow(
    'There is no stage "test". Choose one of dev, staging, prod: -c stage=dev',
  );
  expect(() => getStageConfig('prod', 'huge')).toThrow(
    'There is no size "huge". Choose one of trial, clinic, network: -c size=clinic',
  );
});
