import { describe, expect, test } from 'vitest';
import { resources, STAGES, synthesized } from './synthesized.ts';

describe.each(STAGES)('the database of stage %s', (stage) => {
  const { config, templates } = synthesized(stage);
  const { data } = templates;

  test('is Aurora PostgreSQL 17, encrypted, open to IAM, closed to what is not TLS', () => {
    data.hasResourceProperties('AWS::RDS::DBCluster', {
      StorageEncrypted: true,
      EnableIAMDatabaseAuthentication: true,
    });
    const [cluster] = resources('AWS::RDS::DBCluster', data);
    expect(cluster?.Engine).toBe('aurora-postgresql');
    expect(cluster?.EngineVersion).toMatch(/^17\./);
    expect(cluster?.KmsKeyId).toBeDefined();
    data.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Parameters: { 'rds.force_ssl': '1' } });
  });

  test('is as large as the configuration says, and public nowhere', () => {
    const { min: MinCapacity, max: MaxCapacity } = config.databaseCapacity;
    data.hasResourceProperties('AWS::RDS::DBCluster', {
      ServerlessV2ScalingConfiguration: { MinCapacity, MaxCapacity },
      BackupRetentionPeriod: config.backupRetention.toDays(),
    });
    const instances = resources('AWS::RDS::DBInstance', data);
    expect(instances).toHaveLength(1 + config.readers);
    expect(instances.filter(({ PubliclyAccessible }) => PubliclyAccessible)).toEqual([]);
    const subnets = resources('AWS::EC2::Subnet', data);
    expect(subnets).toHaveLength(2 * config.availabilityZones);
    expect(subnets.filter(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch)).toEqual([]);
  });

  test('is reached through a proxy that keeps no secret: IAM on both of its sides, TLS always', () => {
    const [proxy] = resources('AWS::RDS::DBProxy', data);
    expect(proxy).toMatchObject({ DefaultAuthScheme: 'IAM_AUTH', RequireTLS: true });
    expect(proxy?.Auth).toBeUndefined();
  });

  test('admits the proxy as the roles of the functions and as no other', () => {
    const policy = resources('AWS::IAM::Policy', data).find(({ id }) => id.startsWith('DatabaseProxyRole'));
    const [connect, ...others] = policy?.PolicyDocument.Statement ?? [];
    const users = resources('AWS::Lambda::Function', ...Object.values(templates)).flatMap(
      ({ Environment }) => Environment?.Variables.DB_USER ?? [],
    );
    expect(others).toEqual([]);
    expect(connect.Action).toBe('rds-db:connect');
    const arns: { 'Fn::Join': [string, unknown[]] }[] = connect.Resource;
    expect(arns.map((arn) => arn['Fn::Join'][1].at(-1)).sort()).toEqual(users.map((user) => `/${user}`).sort());
    for (const arn of arns) expect(JSON.stringify(arn)).toContain('DBClusterResourceId');
  });

  test('is found by host of the proxy and port of the cluster, and by the writer itself only for migrations', () => {
    for (const { id, Environment } of resources('AWS::Lambda::Function', ...Object.values(templates))) {
      if (Environment?.Variables.DB_HOST === undefined) continue;
      const isMigration = 'DB_SECRET_ARN' in Environment.Variables;
      expect(JSON.stringify(Environment.Variables.DB_HOST), id).toContain(
        isMigration ? 'DatabaseCluster' : 'DatabaseProxy',
      );
      expect(JSON.stringify(Environment.Variables.DB_PORT), id).toMatch(/DatabaseCluster\w+"?,?"?Endpoint\.?Port/);
    }
  });

  test('is migrated only when all is there: instances, the owner’s secret, and the way through the network', () => {
    const [trigger, ...others] = resources('Custom::Trigger', data);
    expect(others).toEqual([]);
    const needed = [
      'AWS::RDS::DBCluster',
      'AWS::RDS::DBInstance',
      'AWS::SecretsManager::SecretTargetAttachment',
      'AWS::EC2::VPCEndpoint',
      'AWS::EC2::SecurityGroupIngress',
      'AWS::EC2::SecurityGroupEgress',
      'AWS::Lambda::Function',
    ];
    const ids = needed.flatMap((type) =>
      resources(type, data).filter(({ Handler = 'index.handler' }) => Handler === 'index.handler'),
    );
    expect(ids.length).toBeGreaterThan(needed.length);
    for (const { id } of ids) expect(trigger?.resource.DependsOn).toContain(id);
  });
});
