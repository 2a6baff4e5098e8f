import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { getStageConfig, ZONE_COUNT } from '../../lib/config/stages.ts';
import { Cache } from '../../lib/constructs/cache/cache.ts';
import { Network } from '../../lib/constructs/network/network.ts';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

describe.each(STAGES)('the cache of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const { data } = templates;
  const [replicationGroup] = findResources('AWS::ElastiCache::ReplicationGroup', data);

  test('is one shard of Valkey 8 with the configured nodes, and fails over if there are several', () => {
    expect(replicationGroup).toMatchObject({
      Engine: 'valkey',
      EngineVersion: expect.stringMatching(/^8\./),
      CacheNodeType: config.cache.nodeType,
      NumCacheClusters: config.cache.nodes,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
    });
    expect(replicationGroup?.NumNodeGroups).toBeUndefined();
  });

  test('accepts TLS only and is encrypted with our own key', () => {
    expect(replicationGroup).toMatchObject({
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
      AtRestEncryptionEnabled: true,
      KmsKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^CacheKey/), 'Arn'] },
    });
  });

  test('refuses writes when it is full instead of evicting data', () => {
    data.hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
      Properties: { 'maxmemory-policy': 'noeviction' },
    });
  });

  test('has users without passwords, whose names equal their ids and contain the stage', () => {
    const users = findResources('AWS::ElastiCache::User', data);
    expect(users.length).toBeGreaterThan(0);
    for (const user of users) {
      expect(user).toMatchObject({ UserName: user.UserId, AuthenticationMode: { Type: 'iam' }, Engine: 'valkey' });
      expect(user.UserId).toMatch(new RegExp(`^medbook-${stage}-[a-z-]{1,30}$`));
      expect(user.Passwords).toBeUndefined();
      expect(user.AccessString).not.toMatch(/~\*|\+@all|allkeys|allcommands|nopass/);
    }
    const [userGroup] = findResources('AWS::ElastiCache::UserGroup', data);
    expect(userGroup?.UserIds).toEqual(users.map(({ id }) => ({ Ref: id })));
    expect(replicationGroup?.UserGroupIds).toEqual([{ Ref: userGroup?.id }]);
  });

  test('is in the isolated subnets, reachable only by functions', () => {
    const [{ SubnetIds } = { SubnetIds: [] }] = findResources('AWS::ElastiCache::SubnetGroup', data);
    expect(SubnetIds).toHaveLength(ZONE_COUNT);
    for (const { Ref } of SubnetIds) expect(Ref).toMatch(/^NetworkVpcDataSubnet/);
    const rules = findResources('AWS::EC2::SecurityGroupIngress', ...Object.values(templates));
    const cacheRules = rules.filter(({ GroupId }) => JSON.stringify(GroupId).includes('CacheSecurityGroup'));
    expect(cacheRules).toMatchObject([{ Description: 'Valkey', FromPort: 6380, ToPort: 6380, IpProtocol: 'tcp' }]);
    expect(JSON.stringify(cacheRules[0]?.SourceSecurityGroupId)).toContain('NetworkFunctionSecurityGroup');
  });

  test('accepts each function only as the user in its environment, and refuses functions without a user', () => {
    const functions = findResources('AWS::Lambda::Function', templates.service);
    const policies = findResources('AWS::IAM::Policy', templates.service);
    const users: string[] = [];
    for (const { id, Role, Environment } of functions) {
      const role = JSON.stringify({ Ref: Role['Fn::GetAtt'][0] });
      const connectStatements = policies
        .filter(({ Roles }) => JSON.stringify(Roles).includes(role))
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .filter(({ Action }) => Action === 'elasticache:Connect');
      const { CACHE_USER } = Environment?.Variables ?? {};
      expect(connectStatements, id).toHaveLength(CACHE_USER === undefined ? 0 : 1);
      if (CACHE_USER === undefined) continue;
      expect(JSON.stringify(connectStatements[0].Resource), id).toContain(`:user:${CACHE_USER}"`);
      users.push(CACHE_USER);
    }
    const userNames = findResources('AWS::ElastiCache::User', data).map(({ UserName }) => UserName);
    expect(users.sort()).toEqual(userNames.sort());
    expect(new Set(users).size).toBe(users.length);
  });

  test('counts requests of the API functions against the rate limit of the stage', () => {
    const limits = findResources('AWS::Lambda::Function', templates.service)
      .filter(({ Environment }) => Environment?.Variables.REQUESTS_PER_15_MINUTES !== undefined)
      .map(({ Environment }) => Environment.Variables.REQUESTS_PER_15_MINUTES);
    expect(limits).toEqual(Array(3).fill(String(config.requestsPer15Minutes)));
  });
});

test('a connected function has the permission and the environment of one user', () => {
  const config = getStageConfig('dev');
  const app = new App();
  const dataStack = new Stack(app, 'Home');
  const network = new Network(dataStack, 'Network', { config });
  const cache = new Cache(dataStack, 'Cache', { config, network });
  const functionStack = new Stack(app, 'Caller');
  const lambda = new LambdaFunction(functionStack, 'Caller', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('export const handler = () => {}'),
  });
  cache.connect(lambda, 'patient-api');

  const template = Template.fromStack(functionStack);
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [{ Action: 'elasticache:Connect', Resource: [Match.anyValue(), Match.anyValue()] }] },
  });
  const [policy] = findResources('AWS::IAM::Policy', template);
  const arns = JSON.stringify(policy?.PolicyDocument.Statement[0].Resource);
  expect(arns).toContain(':replicationgroup:');
  expect(arns).toContain(':user:medbook-dev-patient-api"');
  expect(arns).not.toContain('*');
  const [{ Environment } = { Environment: { Variables: {} } }] = findResources('AWS::Lambda::Function', template);
  expect(Object.keys(Environment.Variables).sort()).toEqual(['CACHE_HOST', 'CACHE_NAME', 'CACHE_PORT', 'CACHE_USER']);
  expect(Environment.Variables.CACHE_USER).toBe('medbook-dev-patient-api');
});
