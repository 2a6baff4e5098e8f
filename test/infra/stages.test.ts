import { Duration, Stack, Token } from 'aws-cdk-lib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { getStageConfig } from '../../lib/config/stages.ts';
import { findResources, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

/** The types of resources that hold data or are needed to read it. */
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

test('the default stage is dev', () => {
  expect(getStageConfig().stage).toBe('dev');
});

test('an unknown stage name is refused with the valid names', () => {
  expect(() => getStageConfig('production')).toThrow(/"production".*dev, staging, prod/);
});

test('a stage with an account is synthesized without requests to AWS', () => {
  const here = { account: '111111111111', region: 'eu-west-1' };
  for (const availabilityZones of [undefined, ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']]) {
    const { assembly } = synthesizeConfig({ ...getStageConfig('prod'), ...here, availabilityZones });
    expect(assembly.manifest.missing ?? []).toEqual([]);
  }
});

// CloudFormation allows 500 resources and 1 MB.
test.each(STAGES)('each stack of stage %s has room for forty more routes', (stage) => {
  for (const [name, template] of Object.entries(synthesizeStage(stage).templates)) {
    expect(Object.keys(template.toJSON().Resources).length, name).toBeLessThan(350);
    expect(JSON.stringify(template.toJSON()).length, name).toBeLessThan(500_000);
  }
});

test('every stage has the same functions, routes and schedules', () => {
  const listResourceIds = (stage: string) =>
    ['AWS::Lambda::Function', 'AWS::Lambda::Alias', 'AWS::ApiGateway::Method', 'AWS::Scheduler::Schedule']
      .flatMap((type) => findResources(type, ...Object.values(synthesizeStage(stage).templates)).map(({ id }) => id))
      .sort();
  expect(listResourceIds('staging')).toEqual(listResourceIds('prod'));
  // Dev has no snapshots, and so no job that checks them.
  expect(listResourceIds('dev')).toEqual(listResourceIds('prod').filter((id) => !id.startsWith('BackupCheck')));
});

test('two stages in one account have no resource name in common', () => {
  const names = STAGES.flatMap((stage) => [...listUniqueNames(stage)]);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

const prod = getStageConfig('prod');
const zones = (...more: string[]) => ['us-east-1a', 'us-east-1b', ...more];
test.each([
  ['account', { account: '12345' }],
  ['region', { region: 'Frankfurt', availabilityZones: undefined }],
  ['recovery.region', { recovery: { region: 'west', keep: Duration.days(90) } }],
  ['recovery.region', { region: 'us-west-2', availabilityZones: undefined }],
  ['recovery needs snapshots', { snapshots: undefined }],
  [
    'recovery.lockFinalAfter',
    { recovery: { region: 'eu-west-1', keep: Duration.days(90), lockFinalAfter: Duration.days(1) } },
  ],
  ['snapshots.everyHours', { snapshots: { everyHours: 5, keep: Duration.days(1) } }],
  ['availabilityZones needs region', { region: undefined }],
  ['availabilityZones "us-west-2a" is not a zone of the region us-east-1', { availabilityZones: zones('us-west-2a') }],
  ['availabilityZones "us-east-1" is not a zone', { availabilityZones: zones('us-east-1') }],
  ['availabilityZones "use1-az1" is not a zone', { availabilityZones: zones('use1-az1') }],
  ['availabilityZones ["us-east-1a","us-east-1b"] are not 3', { availabilityZones: zones() }],
  [
    'availabilityZones ["us-east-1a","us-east-1b","us-east-1a"] are not 3 different',
    { availabilityZones: zones('us-east-1a') },
  ],
  ['endpointZones', { endpointZones: 4 }],
  ['readers', { readers: 16 }],
  ['cache.nodes', { cache: { nodeType: 'cache.t4g.micro', nodes: 1 } }],
  ['email.domain', { email: getStageConfig('staging').email }],
])('a configuration error is reported before synthesis: %s', (message, change) => {
  expect(() => synthesizeConfig({ ...prod, ...change })).toThrow(`Stage prod in lib/config/stages.ts:\n- ${message}`);
});

test('a recovery region that equals the default region is refused', () => {
  vi.stubEnv('CDK_DEFAULT_REGION', prod.recovery?.region);
  onTestFinished(() => void vi.unstubAllEnvs());
  const change = { region: undefined, availabilityZones: undefined };
  expect(() => synthesizeConfig({ ...prod, ...change })).toThrow('recovery.region "us-west-2" is the stage\'s own');
});

test('all errors of a configuration are reported at once', () => {
  expect(() => synthesizeConfig({ ...prod, account: 'x', readers: 99 })).toThrow(/account "x".*\n- readers 99/);
});

describe.each(STAGES)('stage %s', (stage) => {
  const { config, stacks, templates, assembly } = synthesizeStage(stage);
  // The cache is a copy and never retained. Snapshots are always retained (see backup.test.ts).
  const stateful = STATEFUL.flatMap((type) => findResources(type, templates.data, templates.identity)).filter(
    ({ id }) => !/^(Cache|Backup)/.test(id),
  );

  test('has no fixed account and region unless its configuration sets them', () => {
    for (const stack of [stacks.data, stacks.identity, stacks.service]) {
      expect(Token.isUnresolved(Stack.of(stack).account)).toBe(config.account === undefined);
      expect(Token.isUnresolved(Stack.of(stack).region)).toBe(config.region === undefined);
    }
  });

  test('has an Identity and a Service stack that depend on Data and its migrations', () => {
    const listDependencies = (name: string) => assembly.getStackByName(name).dependencies.map(({ id }) => id);
    expect(listDependencies(`MedBook-${stage}-Identity`)).toContain(`MedBook-${stage}-Data`);
    expect(listDependencies(`MedBook-${stage}-Service`)).toContain(`MedBook-${stage}-Data`);
    expect(listDependencies(`MedBook-${stage}-Data`)).not.toContain(`MedBook-${stage}-Service`);
  });

  test('retains resources with data only if the configuration keeps data', () => {
    expect(stateful.length).toBeGreaterThan(STATEFUL.length);
    for (const { id, resource } of stateful) {
      expect(resource.DeletionPolicy === 'RetainExceptOnCreate', id).toBe(config.keepData);
      expect(resource.UpdateReplacePolicy === 'Retain', id).toBe(config.keepData);
    }
    expect(findResources('AWS::RDS::DBCluster', templates.data)[0]?.DeletionProtection).toBe(config.deletionProtection);
    expect(findResources('AWS::Cognito::UserPool', templates.identity)[0]?.DeletionProtection).toBe(
      config.deletionProtection ? 'ACTIVE' : 'INACTIVE',
    );
  });

  test('protects all stacks from deletion if the configuration enables it', () => {
    expect(stacks.data.terminationProtection).toBe(config.deletionProtection);
    expect(stacks.identity.terminationProtection).toBe(config.deletionProtection);
    expect(stacks.service.terminationProtection).toBe(config.deletionProtection);
  });

  test('outputs the URL, the user pool and its client', () => {
    templates.service.hasOutput('ApiUrl', {});
    templates.identity.hasOutput('UserPoolId', {});
    templates.identity.hasOutput('UserPoolClientId', {});
  });
});

/** Yields the names of a stage's resources that must be unique in the account, as `type: name`. */
function* listUniqueNames(stage: string) {
  for (const template of Object.values(synthesizeStage(stage).templates)) {
    for (const { Type, Properties = {} } of Object.values<Resource>(template.toJSON().Resources)) {
      for (const [property, value] of Object.entries(Properties)) {
        const name = JSON.stringify(value);
        const isUniqueName =
          NAME_PROPERTY.test(property) &&
          !SCOPED_NAMES.has(`${Type}.${property}`) &&
          !/"Ref":"(?!AWS::)|Fn::(GetAtt|Import)/.test(name);
        if (isUniqueName) yield `${Type}: ${name}`;
      }
    }
  }
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}

/** The properties that name a resource. */
const NAME_PROPERTY = /(Name|Identifier|UserId|UserGroupId|EmailIdentity)$/;
/** Names that need to be unique only within another resource, or that refer to another resource. */
const SCOPED_NAMES = new Set([
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
