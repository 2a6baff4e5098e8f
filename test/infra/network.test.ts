import { describe, expect, test } from 'vitest';
import { ZONE_COUNT } from '../../lib/config/stages.ts';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

/** The allowed connections, by source. Every other connection is refused. */
const ALLOWED_TARGETS: Record<string, readonly string[]> = {
  'RDS Proxy': ['the database'],
  'the migration': ['the database', 'AWS services'],
};
const PORTS: Record<string, string> = {
  'AWS services': '443',
  'RDS Proxy': '5432',
  'the database': '5432',
  'the cache': '6380',
};

/** The zones of a stage that names none. */
const FIRST_ZONES = Array.from({ length: ZONE_COUNT }, (_, i) => ({ 'Fn::Select': [i, { 'Fn::GetAZs': '' }] }));

describe.each(STAGES)('the network of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const { data } = templates;
  const all = Object.values(templates);
  const usesIpv6 = config.endpointZones === 0;
  const allowedTargets: Record<string, readonly string[]> = {
    ...ALLOWED_TARGETS,
    // Directly too in every size: see Database.
    'a function': ['RDS Proxy', 'the database', 'the cache', 'AWS services'],
  };

  test('has a private and an isolated subnet in each zone of the stage', () => {
    const subnets = findResources('AWS::EC2::Subnet', data);
    expect(subnets).toHaveLength(2 * ZONE_COUNT);
    for (const name of ['Functions', 'Data']) {
      const zones = subnets
        .filter(({ id }) => id.includes(`${name}Subnet`))
        .map(({ AvailabilityZone }) => AvailabilityZone);
      expect(zones, name).toEqual(config.availabilityZones ?? FIRST_ZONES);
    }
    expect(subnets.filter(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch)).toEqual([]);
  });

  test('has no route from or to the internet, except from functions over IPv6 where there are no endpoints', () => {
    for (const type of ['NatGateway', 'InternetGateway', 'VPCGatewayAttachment']) {
      for (const template of all) template.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
    const routes = findResources('AWS::EC2::Route', ...all);
    expect(findResources('AWS::EC2::EgressOnlyInternetGateway', ...all)).toHaveLength(usesIpv6 ? 1 : 0);
    expect(routes).toHaveLength(usesIpv6 ? findResources('AWS::EC2::Subnet', data).length / 2 : 0);
    for (const { id, DestinationIpv6CidrBlock, EgressOnlyInternetGatewayId, RouteTableId } of routes) {
      expect(DestinationIpv6CidrBlock, id).toBe('::/0');
      expect(EgressOnlyInternetGatewayId, id).toBeDefined();
      expect(RouteTableId.Ref, id).toContain('FunctionsSubnet');
    }
  });

  test('has IPv6 addresses in every size, because a subnet that gets them later may be replaced', () => {
    for (const { id, Ipv6CidrBlock, AssignIpv6AddressOnCreation } of findResources('AWS::EC2::Subnet', data)) {
      expect(Ipv6CidrBlock, id).toBeDefined();
      expect(AssignIpv6AddressOnCreation, id).toBe(false);
    }
  });

  test('logs all traffic, encrypted and with the retention of the stage', () => {
    data.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL', LogDestinationType: 'cloud-watch-logs' });
    const [flowLog] = findResources('AWS::EC2::FlowLog', data);
    const group = findResources('AWS::Logs::LogGroup', data).find(({ id }) => id === flowLog?.LogGroupName.Ref);
    expect(group).toMatchObject({ RetentionInDays: config.logRetention, KmsKeyId: expect.anything() });
  });

  test('removes all rules from the default security group', () => {
    expect(findResources('Custom::VpcRestrictDefaultSG', data)).toHaveLength(1);
  });

  test('lets functions call AWS services over IPv6 exactly where there are no endpoints', () => {
    for (const { id, VpcConfig, Environment } of findResources('AWS::Lambda::Function', ...all)) {
      if (VpcConfig === undefined) continue;
      expect(VpcConfig.Ipv6AllowedForDualStack ?? false, id).toBe(usesIpv6);
      expect(Environment?.Variables.AWS_USE_DUALSTACK_ENDPOINT, id).toBe(usesIpv6 ? 'true' : undefined);
    }
  });

  test.skipIf(usesIpv6)(
    'reaches each AWS service through an endpoint in the zones of the size, for this account',
    () => {
      const endpoints = findResources('AWS::EC2::VPCEndpoint', data);
      const services = endpoints.map(
        ({ ServiceName }) => JSON.stringify(ServiceName).match(/\.([a-z-]+)"(?:\]\]\})?$/)?.[1],
      );
      expect(services.sort()).toEqual(['cognito-idp', 'email', 'secretsmanager', 'sns', 'sqs']);
      for (const { SubnetIds, PolicyDocument, PrivateDnsEnabled } of endpoints) {
        expect(SubnetIds).toHaveLength(config.endpointZones);
        expect(PrivateDnsEnabled).toBe(true);
        for (const { Condition } of PolicyDocument.Statement) {
          expect(Condition).toEqual({ StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } });
        }
      }
    },
  );

  test('allows inbound traffic only from security groups, never from addresses', () => {
    const ingress = [
      ...findResources('AWS::EC2::SecurityGroupIngress', ...all),
      ...findResources('AWS::EC2::SecurityGroup', ...all).flatMap(
        ({ SecurityGroupIngress = [] }) => SecurityGroupIngress,
      ),
    ];
    expect(ingress.length).toBeGreaterThan(0);
    for (const rule of ingress) {
      expect(rule.SourceSecurityGroupId, rule.id).toBeDefined();
      expect(rule.CidrIp ?? rule.CidrIpv6, rule.id).toBeUndefined();
      expect(allowedTargets[getGroupName(rule.SourceSecurityGroupId)], rule.id).toContain(getGroupName(rule.GroupId));
    }
  });

  test('allows outbound traffic only to security groups and over IPv6, on one port each', () => {
    const groups = findResources('AWS::EC2::SecurityGroup', ...all);
    const egress = findResources('AWS::EC2::SecurityGroupEgress', ...all);
    for (const { id, GroupId, DestinationSecurityGroupId, CidrIp, CidrIpv6, FromPort, ToPort } of egress) {
      // CDK writes this address into a group without targets.
      if (CidrIp === '255.255.255.255/32') continue;
      if (DestinationSecurityGroupId === undefined) {
        expect({ usesIpv6, CidrIp, CidrIpv6, FromPort, ToPort }, id).toEqual({
          usesIpv6: true,
          CidrIpv6: '::/0',
          FromPort: 443,
          ToPort: 443,
        });
        expect(getGroupName(GroupId), id).toMatch(/^(a function|the migration)$/);
        continue;
      }
      const target = getGroupName(DestinationSecurityGroupId);
      expect(allowedTargets[getGroupName(GroupId)], id).toContain(target);
      expect(ToPort, id).toEqual(FromPort);
      expect(JSON.stringify(FromPort), id).toMatch(
        new RegExp(`^${PORTS[target]}$|"DatabaseCluster\\w+","Endpoint.Port"`),
      );
    }
    // A group without an egress rule would allow all outbound traffic, so each group has at least one.
    const groupsWithRules = new Set(egress.map(({ GroupId }) => JSON.stringify(GroupId)));
    for (const { id, SecurityGroupEgress } of groups) {
      const ownRules = JSON.stringify({ 'Fn::GetAtt': [id, 'GroupId'] });
      expect(SecurityGroupEgress !== undefined || groupsWithRules.has(ownRules), id).toBe(true);
    }
  });

  test('has no duplicate rules, which AWS would refuse', () => {
    for (const type of ['AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress']) {
      const rules = findResources(type, ...all).map(({ GroupId, SourceSecurityGroupId, DestinationSecurityGroupId }) =>
        JSON.stringify([GroupId, SourceSecurityGroupId, DestinationSecurityGroupId]),
      );
      expect(new Set(rules).size, type).toBe(rules.length);
    }
  });
});

function getGroupName(group: unknown): string {
  const text = JSON.stringify(group);
  const [, name] = GROUPS.find(([pattern]) => pattern.test(text)) ?? [];
  if (name === undefined) throw new Error(`${text} is not a security group of this test.`);
  return name;
}

const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/NetworkServices/, 'AWS services'],
  [/DatabaseProxySecurityGroup/, 'RDS Proxy'],
  [/DatabaseSecurityGroup/, 'the database'],
  [/CacheSecurityGroup/, 'the cache'],
  [/MigrationSecurityGroup/, 'the migration'],
  [/NetworkFunctionSecurityGroup/, 'a function'],
];
