import { describe, expect, test } from 'vitest';
import { computeDollars } from '../../../lib/cost/cost-line.ts';
import { estimateCost } from '../../../lib/cost/estimate-cost.ts';
import { formatEstimate } from '../../../lib/cost/format-estimate.ts';
import { listResources } from '../../../lib/cost/resources.ts';

const cluster = (MinCapacity: number) => ({
  Type: 'AWS::RDS::DBCluster',
  Properties: {
    BackupRetentionPeriod: 7,
    ManageMasterUserPassword: true,
    ServerlessV2ScalingConfiguration: { MinCapacity, MaxCapacity: 4 },
  },
});
const instance = { Type: 'AWS::RDS::DBInstance', Properties: { DBInstanceClass: 'db.serverless' } };
const lambda = (MemorySize: number, Mode = 'PassThrough') => ({
  Type: 'AWS::Lambda::Function',
  Properties: { MemorySize, TracingConfig: { Mode } },
});
const functions = {
  AvailabilityApiFunction: lambda(1024, 'Active'),
  PatientApiFunction: lambda(2048, 'Active'),
  NotificationsNotifierFunction: lambda(512),
};

/** Estimates a stage with only these resources, and what every estimate needs. */
function estimate(resources: Record<string, { Type: string; Properties?: unknown }>, bookings = 0) {
  return estimateCost(listResources({ Stack: { Resources: { ...functions, ...resources } } }), bookings);
}

/** Returns the dollars of each line at rest that begins with a text. */
function findAtRest(what: string, resources: Parameters<typeof estimate>[0]) {
  return estimate(resources)
    .atRest.filter((line) => line.what.startsWith(what))
    .map(computeDollars);
}

describe('at rest', () => {
  test('Aurora costs its minimum capacity for each instance', () => {
    // 2 × 0.5 × 730 × 0.12
    expect(findAtRest('Aurora', { cluster: cluster(0.5), writer: instance, reader: instance })).toEqual([
      expect.closeTo(87.6, 6),
    ]);
  });

  test('a paused database costs what jobs wake it for', () => {
    const job = {
      function: lambda(512),
      alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'function' } } },
      schedule: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: { ScheduleExpression: 'cron(0 * * * ? *)', Target: { Arn: { Ref: 'alias' } } },
      },
    };
    // 730 runs × 0.1 h × 0.5 × 0.12
    expect(findAtRest('Aurora', { cluster: cluster(0), writer: instance, ...job })).toEqual([expect.closeTo(4.38, 6)]);
  });

  test('RDS Proxy costs 8 units for each instance, and what is doubtful is named', () => {
    const resources = {
      cluster: cluster(0.5),
      writer: instance,
      reader: instance,
      proxy: { Type: 'AWS::RDS::DBProxy' },
    };
    // 2 × 8 × 730 × 0.015
    expect(findAtRest('RDS Proxy', resources)).toEqual([expect.closeTo(175.2, 6)]);
    expect(estimate(resources).proxyDoubt).toBeCloseTo(87.6, 6);
  });

  test('endpoints cost for each zone, and those of gateways nothing', () => {
    const SubnetIds = ['a', 'b', 'c'];
    const endpoint = { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcEndpointType: 'Interface', SubnetIds } };
    const gateway = { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcEndpointType: 'Gateway', RouteTableIds: ['r'] } };
    // 2 × 3 × 730 × 0.01
    expect(findAtRest('interface', { one: endpoint, two: endpoint, gateway })).toEqual([expect.closeTo(43.8, 6)]);
  });

  test('an alarm costs for each metric that it reads', () => {
    const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'Errors', Period: 60 } };
    const Metrics = [
      { Id: 'rate', Expression: 'a / b' },
      { Id: 'a', MetricStat: {} },
      { Id: 'b', MetricStat: {} },
    ];
    const ratio = { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics } };
    expect(findAtRest('alarms', { alarm, ratio })).toEqual([expect.closeTo(0.3, 6)]);
    expect(findAtRest('composite', { composite: { Type: 'AWS::CloudWatch::CompositeAlarm' } })).toEqual([0.5]);
  });

  test('a key costs 1, and 2 more from the third year on if it rotates', () => {
    const rotated = { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } };
    const fixed = { Type: 'AWS::KMS::Key' };
    expect(findAtRest('keys', { rotated, fixed })).toEqual([2]);
    expect(estimate({ rotated, fixed }).rotatedKeys).toBe(2);
  });

  test('snapshots cost only when they are older than the automated backups, and all their copies cost', () => {
    const CopyActions = [{ Lifecycle: { DeleteAfterDays: 30 } }];
    const rule = { ScheduleExpression: 'cron(0 0,12 * * ? *)', Lifecycle: { DeleteAfterDays: 10 }, CopyActions };
    const plan = { Type: 'AWS::Backup::BackupPlan', Properties: { BackupPlan: { BackupPlanRule: [rule] } } };
    const resources = { cluster: cluster(0.5), plan };
    // 2 a day, of 3 days more than the 7 of the cluster, and copies of 30 days, of 1 GB each.
    expect(findAtRest('older', resources)).toEqual([expect.closeTo(2 * 3 * 0.021, 6)]);
    expect(findAtRest('snapshots in', resources)).toEqual([expect.closeTo(2 * 30 * 0.021, 6)]);
  });
});

describe('with bookings', () => {
  test('20 requests of a booking cost API Gateway, functions by their memory, and traces by the rule', () => {
    const rule = { ServiceType: 'AWS::ApiGateway::Stage', ReservoirSize: 0, FixedRate: 0.01 };
    const { perBooking } = estimate({ rule: { Type: 'AWS::XRay::SamplingRule', Properties: { SamplingRule: rule } } });
    const quantities = Object.fromEntries(perBooking.requests.map(({ what, quantity }) => [what, quantity]));
    expect(quantities['API Gateway']).toBe(20);
    // 19 × 0.05 s × 1 GB + 0.1 s × 2 GB
    expect(quantities['time of the API functions']).toBeCloseTo(1.15, 6);
    // 4.1 messages × 0.2 s × 0.5 GB
    expect(quantities['time of the notifier']).toBeCloseTo(0.41, 6);
    expect(quantities['traces of requests']).toBeCloseTo(0.2, 6);
    expect(quantities['traces of the notifier']).toBeUndefined();
  });

  test('without a rule, each request may be traced', () => {
    const traces = estimate({}).perBooking.requests.find(({ what }) => what === 'traces of requests');
    expect(traces?.quantity).toBe(20);
  });

  test('patients and staff cost the plan of their pool', () => {
    const pool = (UserPoolTier: string, AllowAdminCreateUserOnly: boolean) => ({
      Type: 'AWS::Cognito::UserPool',
      Properties: { UserPoolTier, AdminCreateUserConfig: { AllowAdminCreateUserOnly } },
    });
    const { perBooking } = estimate({ patients: pool('LITE', false), staff: pool('PLUS', true) });
    expect(perBooking.users.map(({ price, quantity }) => [price, quantity])).toEqual([
      ['usersLITE', 0.5],
      ['usersPLUS', 0.005],
    ]);
  });

  test('the total is what it costs at rest, and each booking', () => {
    const key = { Type: 'AWS::KMS::Key' };
    const [without, one, thousand] = [0, 1, 1000].map((bookings) => estimate({ key }, bookings).total);
    const first = (one ?? 0) - (without ?? 0);
    // Metrics of requests cost the same for one booking and for many: 16 × 0.30.
    expect((thousand ?? 0) - (without ?? 0)).toBeCloseTo(4.8 + 1000 * (first - 4.8), 6);
  });
});

test.each([
  ['a type', { Type: 'AWS::Neptune::DBCluster' }, 'the cost model does not cover AWS::Neptune::DBCluster'],
  [
    'a class of instances',
    { Type: 'AWS::RDS::DBInstance', Properties: { DBInstanceClass: 'db.r6g.large' } },
    'the cost model has no price for db.r6g.large',
  ],
  [
    'a node type',
    {
      Type: 'AWS::ElastiCache::ReplicationGroup',
      Properties: { CacheNodeType: 'cache.r7g.large', NumCacheClusters: 1 },
    },
    'lib/cost/prices.ts has no price cache.r7g.large',
  ],
  [
    'a group of rules',
    { Type: 'AWS::WAFv2::WebACL', Properties: { Rules: [{ Name: 'AWSManagedRulesBotControlRuleSet' }] } },
    'the cost model has no price for AWSManagedRulesBotControlRuleSet',
  ],
  [
    'a property',
    { Type: 'AWS::RDS::DBCluster' },
    'ServerlessV2ScalingConfiguration.MinCapacity must be a number, but is undefined',
  ],
])('%s that is unknown is an error that names it and the resource', (_, resource, message) => {
  expect(() => estimate({ strange: resource })).toThrow(`Stack/strange`);
  expect(() => estimate({ strange: resource })).toThrow(message);
});

test('the text ends with the total, which is the sum of the sections', () => {
  const bookings = 20_000;
  const result = estimate({ key: { Type: 'AWS::KMS::Key' }, cluster: cluster(0.5), writer: instance }, bookings);
  const text = formatEstimate({ stage: 'dev', size: 'trial', bookings, estimate: result });
  expect(text.split('\n').at(-1)).toBe(`Total ${result.total.toFixed(2)} USD`);
  const sections = [...text.matchAll(/([\d.]+) {2}together/g)].map(([, dollars]) => Number(dollars));
  expect(sections[0] ?? 0).toBeGreaterThan(44);
  expect(sections.reduce((sum, dollars) => sum + dollars, 0)).toBeCloseTo(result.total, 1);
});
