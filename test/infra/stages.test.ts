import { Stack, Token } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { stageConfig } from '../../lib/config/stages.ts';
import { resources, STAGES, synthesize, synthesized } from './synthesized.ts';

/** What holds data, or is needed to read it. */
const STATEFUL = [
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBSubnetGroup',
  'AWS::SecretsManager::Secret',
  'AWS::KMS::Key',
  'AWS::EC2::VPC',
  'AWS::EC2::Subnet',
  'AWS::Cognito::UserPool',
];

test('without a name the stage is dev', () => {
  expect(stageConfig().stage).toBe('dev');
});

test('a name that is no stage is refused with those that are', () => {
  expect(() => stageConfig('production')).toThrow(/"production".*dev, staging, prod/);
});

test('a stage with an account is synthesized without asking AWS for anything', () => {
  const { assembly } = synthesize({ ...stageConfig('prod'), account: '111111111111', region: 'eu-west-1' });
  expect(assembly.manifest.missing ?? []).toEqual([]);
});

test('what the stages differ in is in their configuration: the service has the same resources in each', () => {
  const types = (stage: string) => Object.values(synthesized(stage).templates.service.toJSON().Resources);
  const names = (stage: string) =>
    JSON.stringify(
      types(stage)
        .map((resource) => Object(resource).Type)
        .sort(),
    );
  expect(names('dev')).toBe(names('prod'));
});

describe.each(STAGES)('stage %s', (stage) => {
  const { config, stacks, templates, assembly } = synthesized(stage);
  const stateful = STATEFUL.flatMap((type) => resources(type, templates.data, templates.identity));

  test('names no account and no region, unless its configuration does', () => {
    for (const stack of Object.values(stacks)) {
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
    expect(resources('AWS::RDS::DBCluster', templates.data)[0]?.DeletionProtection).toBe(config.keepData);
    expect(resources('AWS::Cognito::UserPool', templates.identity)[0]?.DeletionProtection).toBe(
      config.keepData ? 'ACTIVE' : 'INACTIVE',
    );
  });

  test('Data and Identity are protected from deletion where the configuration says so; Service never', () => {
    expect(stacks.data.terminationProtection).toBe(config.terminationProtection);
    expect(stacks.identity.terminationProtection).toBe(config.terminationProtection);
    expect(stacks.service.terminationProtection).toBe(false);
  });

  test('says where to find it', () => {
    templates.service.hasOutput('ApiUrl', {});
    templates.identity.hasOutput('UserPoolId', {});
    templates.identity.hasOutput('UserPoolClientId', {});
  });
});
