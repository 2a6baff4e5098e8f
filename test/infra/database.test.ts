import { describe, expect, test } from 'vitest';
import { getMaxConnections } from '../../lib/config/sizes.ts';
import { ZONE_COUNT } from '../../lib/config/stages.ts';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

describe.each(STAGES)('the database of stage %s', (stage) => {
  const { config, templates, assembly } = synthesizeStage(stage);
  const { data } = templates;

  test('is Aurora PostgreSQL 17, encrypted, with IAM authentication and TLS only', () => {
    data.hasResourceProperties('AWS::RDS::DBCluster', {
      StorageEncrypted: true,
      EnableIAMDatabaseAuthentication: true,
    });
    const [cluster] = findResources('AWS::RDS::DBCluster', data);
    expect(cluster?.Engine).toBe('aurora-postgresql');
    expect(cluster?.EngineVersion).toMatch(/^17\./);
    expect(cluster?.KmsKeyId).toBeDefined();
    data.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Parameters: { 'rds.force_ssl': '1' } });
  });

  test('has an owner whose password RDS manages, encrypted with the key of the database', () => {
    const [cluster] = findResources('AWS::RDS::DBCluster', data);
    expect(cluster).toMatchObject({
      ManageMasterUserPassword: true,
      MasterUserSecret: { KmsKeyId: cluster?.KmsKeyId },
    });
    expect(cluster?.MasterUserPassword).toBeUndefined();
    for (const template of Object.values(templates)) template.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  test('has Performance Insights and monitoring where the size has them, and encrypted logs without row data', () => {
    for (const { id, ...instance } of findResources('AWS::RDS::DBInstance', data)) {
      expect(instance, id).toMatchObject({ AutoMinorVersionUpgrade: true });
      expect([instance.EnablePerformanceInsights, instance.MonitoringInterval], id).toEqual(
        config.databaseInsights ? [true, 60] : [undefined, undefined],
      );
    }
    const [cluster] = findResources('AWS::RDS::DBCluster', data);
    expect(cluster?.EnableCloudwatchLogsExports).toContain('postgresql');
    data.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Parameters: { log_error_verbosity: 'terse' } });
    for (const namePrefix of [
      '/aws/rds/cluster/medbook-',
      ...(config.databaseProxy ? ['/aws/rds/proxy/medbook-'] : []),
    ]) {
      const logs = findResources('AWS::Logs::LogGroup', data).find(({ LogGroupName }) =>
        JSON.stringify(LogGroupName ?? '').includes(namePrefix),
      );
      expect(logs).toMatchObject({ RetentionInDays: config.logRetention, KmsKeyId: expect.anything() });
      // Otherwise RDS would create the group first, without a key or a retention period.
      const writerType = namePrefix.includes('proxy') ? 'AWS::RDS::DBProxy' : 'AWS::RDS::DBCluster';
      expect(findResources(writerType, data)[0]?.resource.DependsOn).toContain(logs?.id);
    }
  });

  test('is retained together with its network and groups if the stage keeps data', () => {
    // CloudFormation cannot delete a network or a group that a retained cluster uses: the stack deletion would fail.
    const groups = findResources('AWS::EC2::SecurityGroup', data).filter(({ id }) =>
      id.startsWith('DatabaseSecurityGroup'),
    );
    const relatedTypes = [
      'AWS::EC2::VPC',
      'AWS::EC2::Subnet',
      'AWS::RDS::DBSubnetGroup',
      'AWS::RDS::DBClusterParameterGroup',
    ];
    const relatedResources = [...groups, ...relatedTypes.flatMap((type) => findResources(type, data))];
    expect(relatedResources.length).toBeGreaterThan(relatedTypes.length);
    for (const { id, resource } of relatedResources)
      expect(resource.DeletionPolicy === 'RetainExceptOnCreate', id).toBe(config.keepData);
  });

  test('has the configured capacity and is not public', () => {
    const { min: MinCapacity, max: MaxCapacity } = config.databaseCapacity;
    data.hasResourceProperties('AWS::RDS::DBCluster', {
      // Five minutes are the shortest time after which Aurora pauses.
      ServerlessV2ScalingConfiguration: {
        MinCapacity,
        MaxCapacity,
        ...(MinCapacity === 0 && { SecondsUntilAutoPause: 300 }),
      },
      BackupRetentionPeriod: config.backupRetention.toDays(),
    });
    const instances = findResources('AWS::RDS::DBInstance', data);
    expect(instances).toHaveLength(1 + config.readers);
    // A reader takes over when the writer's zone fails.
    const zones = instances.map(({ AvailabilityZone }) => AvailabilityZone);
    expect(zones).toEqual(instances.map((_, i) => config.availabilityZones?.[i]));
    expect(instances.filter(({ PubliclyAccessible }) => PubliclyAccessible)).toEqual([]);
    const subnets = findResources('AWS::EC2::Subnet', data);
    expect(subnets).toHaveLength(2 * ZONE_COUNT);
    expect(subnets.filter(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch)).toEqual([]);
  });

  test('has a proxy without secrets, with IAM on both sides and TLS only, or none', () => {
    const [proxy, ...others] = findResources('AWS::RDS::DBProxy', data);
    expect(others).toEqual([]);
    expect(proxy !== undefined).toBe(config.databaseProxy);
    if (!proxy) return;
    expect(proxy).toMatchObject({ DefaultAuthScheme: 'IAM_AUTH', RequireTLS: true });
    expect(proxy?.Auth).toBeUndefined();
  });

  test('has no endpoint of the proxy that no code calls', () => {
    data.resourceCountIs('AWS::RDS::DBProxyEndpoint', 0);
  });

  test.runIf(config.databaseProxy)('allows the proxy to connect only as the roles of the functions', () => {
    const policy = findResources('AWS::IAM::Policy', data).find(({ id }) => id.startsWith('DatabaseProxyRole'));
    const [connectStatement, ...others] = policy?.PolicyDocument.Statement ?? [];
    const users = findResources('AWS::Lambda::Function', ...Object.values(templates)).flatMap(
      ({ Environment }) => Environment?.Variables.DB_USER ?? [],
    );
    expect(others).toEqual([]);
    expect(connectStatement.Action).toBe('rds-db:connect');
    const arns: { 'Fn::Join': [string, unknown[]] }[] = connectStatement.Resource;
    expect(arns.map((arn) => arn['Fn::Join'][1].at(-1)).sort()).toEqual(users.map((user) => `/${user}`).sort());
    for (const arn of arns) expect(JSON.stringify(arn)).toContain('DBClusterResourceId');
  });

  test('is reached through the proxy if there is one, and directly only by the migrations then', () => {
    for (const { id, Environment } of findResources('AWS::Lambda::Function', ...Object.values(templates))) {
      if (Environment?.Variables.DB_HOST === undefined) continue;
      const isDirect = 'DB_SECRET_ARN' in Environment.Variables || !config.databaseProxy;
      expect(JSON.stringify(Environment.Variables.DB_HOST), id).toContain(
        isDirect ? 'DatabaseCluster' : 'DatabaseProxy',
      );
      // The certificates of the cluster are signed by the CA of RDS.
      expect(Environment.Variables.NODE_EXTRA_CA_CERTS, id).toBe(isDirect ? '/var/runtime/ca-cert.pem' : undefined);
      expect(JSON.stringify(Environment.Variables.DB_PORT), id).toMatch(/DatabaseCluster\w+"?,?"?Endpoint\.?Port/);
    }
  });

  test('has more connections than the functions can open without a proxy', () => {
    if (config.databaseProxy || !config.reserveConcurrency) return;
    const all = Object.values(templates);
    const clients = findResources('AWS::Lambda::Function', ...all).filter(
      ({ Environment }) => Environment?.Variables.DB_USER !== undefined,
    );
    // Each instance of a function has one connection.
    const connections = clients.map(({ id, ReservedConcurrentExecutions: limit }) => limit ?? expect.fail(id));
    expect(connections.length).toBeGreaterThan(10);
    const sum = connections.reduce((total, one) => total + one, 0);
    expect(sum).toBeLessThanOrEqual(0.8 * getMaxConnections(config.databaseCapacity));
  });

  test('is migrated only after the instances and the network rules exist', () => {
    const [trigger, ...others] = findResources('Custom::Trigger', data);
    expect(others).toEqual([]);
    const requiredTypes = [
      'AWS::RDS::DBCluster',
      'AWS::RDS::DBInstance',
      config.endpointZones > 0 ? 'AWS::EC2::VPCEndpoint' : 'AWS::EC2::Route',
      'AWS::EC2::SecurityGroupIngress',
      'AWS::EC2::SecurityGroupEgress',
      'AWS::Lambda::Function',
    ];
    const requiredResources = requiredTypes.flatMap((type) =>
      findResources(type, data).filter(
        // The migrations do not use the cache or the backups.
        ({ id, Handler = 'index.handler' }) => Handler === 'index.handler' && !/^(Cache|Backup)/.test(id),
      ),
    );
    expect(requiredResources.length).toBeGreaterThan(requiredTypes.length);
    for (const { id } of requiredResources) expect(trigger?.resource.DependsOn).toContain(id);
  });

  test('fails the deployment if a migration fails, before new code is deployed', () => {
    const [trigger] = findResources('Custom::Trigger', data);
    // The trigger waits for the response and fails with its error.
    expect(trigger).toMatchObject({ InvocationType: 'RequestResponse', ExecuteOnHandlerChange: true });
    for (const name of ['Identity', 'Service']) {
      const { dependencies } = assembly.getStackByName(`MedBook-${stage}-${name}`);
      expect(dependencies.map(({ id }) => id)).toContain(`MedBook-${stage}-Data`);
    }
  });
});
