import { Duration, Stack, Token } from 'aws-cdk-lib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { getStageConfig } from '../../lib/config/stages.ts';
import { findResources, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

/** What holds data, or is needed to read it. */
const STATEFUL = [
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBSubnetGroup',
  'AWS::RDS::DBClusterParameterGroup',
  'AWS::KMS::Key',
  'AWS::EC2::VPC',
  'AWS::EC2::Subnet',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolGroup',
];

test('without a name the stage is dev', () => {
  expect(getStageConfig().stage).toBe('dev');
});

test('a name that is no stage is refused with those that are', () => {
  expect(() => getStageConfig('production')).toThrow(/"production".*dev, staging, prod/);
});

test('a stage with an account is synthesized without asking AWS for anything', () => {
  const { assembly } = synthesizeConfig({ ...getStageConfig('prod'), account: '111111111111', region: 'eu-west-1' });
  expect(assembly.manifest.missing ?? []).toEqual([]);
});

test('every stage has the same functions, routes and schedules', () => {
  const behaviour = (stage: string) =>
    ['AWS::Lambda::Function', 'AWS::Lambda::Alias', 'AWS::ApiGateway::Method', 'AWS::Scheduler::Schedule']
      .flatMap((type) => findResources(type, ...Object.values(synthesizeStage(stage).templates)).map(({ id }) => id))
      .sort();
  expect(behaviour('staging')).toEqual(behaviour('prod'));
  // Without the function that asks staff for a second factor.
  expect(behaviour('dev')).toEqual(behaviour('prod').filter((id) => !id.startsWith('StaffMfa')));
});

test('two stages in one account have no name in common', () => {
  const names = STAGES.flatMap((stage) => [...namesIn(stage)]);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

const prod = getStageConfig('prod');
test.each([
  ['account', { account: '12345' }],
  ['region', { region: 'Frankfurt' }],
  ['recovery.region', { recovery: { region: 'west', keep: Duration.days(90) } }],
  ['recovery.region', { region: 'us-west-2' }],
  ['recovery needs snapshots', { snapshots: undefined }],
  [
    'recovery.lockFinalAfter',
    { recovery: { region: 'eu-west-1', keep: Duration.days(90), lockFinalAfter: Duration.days(1) } },
  ],
  ['snapshots.everyHours', { snapshots: { everyHours: 5, keep: Duration.days(1) } }],
  ['availabilityZones', { availabilityZones: 1 }],
  ['endpointZones', { endpointZones: 4 }],
  ['readers', { readers: 0 }],
  ['cache.nodes', { cache: { nodeType: 'cache.t4g.micro', nodes: 0 } }],
  ['email.domain', { email: getStageConfig('staging').email }],
])('a configuration with a wrong %s is refused before anything is made', (fault, change) => {
  expect(() => synthesizeConfig({ ...prod, ...change })).toThrow(`Stage prod in lib/config/stages.ts:\n- ${fault}`);
});

test('a recovery region that is where the stage happens to be deployed to is refused too', () => {
  vi.stubEnv('CDK_DEFAULT_REGION', prod.recovery?.region);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(() => synthesizeConfig(prod)).toThrow('recovery.region "us-west-2" is the stage\'s own');
});

test('all that is wrong with a configuration is said at once', () => {
  expect(() => synthesizeConfig({ ...prod, account: 'x', readers: 99 })).toThrow(/account "x".*\n- readers 99/);
});

describe.each(STAGES)('stage %s', (stage) => {
  const { config, stacks, templates, assembly } = synthesizeStage(stage);
  // The cache is a copy, and never kept; snapshots outlive every stage (see backup.test.ts).
  const stateful = STATEFUL.flatMap((type) => findResources(type, templates.data, templates.identity)).filter(
    ({ id }) => !/^(Cache|Backup)/.test(id),
  );

  test('names no account and no region, unless its configuration does', () => {
    for (const stack of [stacks.data, stacks.identity, stacks.service]) {
      expect(Token.isUnresolved(Stack.of(stack).account)).toBe(config.account === undefined);
      expect(Token.isUnresolved(Stack.of(stack).region)).toBe(config.region === undefined);
    }
  });

  test('Identity and Service wait for Data, and so for its migrations', () => {
    const dependencies = (name: string) => assembly.getStackByName(name).dependencies.map(({ id }) => id);
    expect(dependencies(`MedBook-${stage}-Identity`)).toContain(`MedBook-${stage}-Data`);
    expect(dependencies(`MedBook-${stage}-Service`)).toContain(`MedBook-${stage}-Data`);
    expect(dependencies(`MedBook-${stage}-Data`)).not.toContain(`MedBook-${stage}-Service`);
  });

  test('what holds data is kept exactly where the configuration says so', () => {
    expect(stateful.length).toBeGreaterThan(STATEFUL.length);
    for (const { id, resource } of stateful) {
      expect(resource.DeletionPolicy === 'Retain', id).toBe(config.keepData);
      expect(resource.UpdateReplacePolicy === 'Retain', id).toBe(config.keepData);
    }
    expect(findResources('AWS::RDS::DBCluster', templates.data)[0]?.DeletionProtection).toBe(config.keepData);
    expect(findResources('AWS::Cognito::UserPool', templates.identity)[0]?.DeletionProtection).toBe(
      config.keepData ? 'ACTIVE' : 'INACTIVE',
    );
  });

  test('Data and Identity are protected from deletion where the configuration says so; Service never', () => {
    expect(stacks.data.terminationProtection).toBe(config.terminationProtection);
    expect(stacks.identity.terminationProtection).toBe(config.terminationProtection);
    expect(stacks.service.terminationProtection).toBe(config.terminationProtection);
  });

  test('says where to find it', () => {
    templates.service.hasOutput('ApiUrl', {});
    templates.identity.hasOutput('UserPoolId', {});
    templates.identity.hasOutput('UserPoolClientId', {});
  });
});

/** The names that a stage's resources have in the account, `type: name`; those that are unique within something smaller left out. */
function* namesIn(stage: string) {
  for (const template of Object.values(synthesizeStage(stage).templates)) {
    for (const { Type, Properties = {} } of Object.values<Resource>(template.toJSON().Resources)) {
      for (const [property, value] of Object.entries(Properties)) {
        const name = JSON.stringify(value);
        const own =
          NAME.test(property) &&
          !WITHIN.has(`${Type}.${property}`) &&
          !/"Ref":"(?!AWS::)|Fn::(GetAtt|Import)/.test(name);
        if (own) yield `${Type}: ${name}`;
      }
    }
  }
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}

const NAME = /(Name|Identifier|UserId|UserGroupId|EmailIdentity)$/;
const WITHIN = new Set([
  'AWS::IAM::Policy.PolicyName',
  'AWS::EC2::VPCEndpoint.ServiceName',
  'AWS::RDS::DBCluster.DatabaseName',
  'AWS::RDS::DBProxyTargetGroup.TargetGroupName',
  'AWS::CloudWatch::Alarm.MetricName',
  'AWS::ElastiCache::User.UserName',
  'AWS::Lambda::Alias.Name',
  'AWS::Cognito::UserPoolGroup.GroupName',
  'AWS::CodeDeploy::DeploymentGroup.DeploymentConfigName',
  'AWS::ApiGateway::Stage.StageName',
  'AWS::ApiGateway::Authorizer.Name',
  'AWS::SNS::Topic.DisplayName',
]);
