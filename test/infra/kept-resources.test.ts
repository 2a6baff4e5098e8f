import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { configureFirstDeployment } from '../../lib/config/first-deployment.ts';
import { getStageConfig } from '../../lib/config/stages.ts';
import { findResources, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Returns the resources of all stacks of a stage, each with its logical id. */
function listResources({ stacks }: ReturnType<typeof synthesizeStage>) {
  return Object.values(stacks)
    .filter((stack) => stack !== undefined)
    .flatMap((stack) => Object.entries<Resource>(Template.fromStack(stack).toJSON().Resources))
    .map(([id, resource]) => ({ id, ...resource }));
}

/** What a stage with real data keeps when its stacks are deleted. The versions of functions: see functions.test.ts. */
const KEPT_TYPES = [
  'AWS::ApiGateway::Account',
  'AWS::Backup::BackupVault',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolGroup',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::Subnet',
  'AWS::EC2::VPC',
  'AWS::EC2::VPCCidrBlock',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBClusterParameterGroup',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBSubnetGroup',
];

describe.each(STAGES)('stage %s', (stage) => {
  test('has no resource that stays after a failed creation', () => {
    for (const { id, DeletionPolicy } of listResources(synthesizeStage(stage)))
      expect([undefined, 'Delete', 'RetainExceptOnCreate'], id).toContain(DeletionPolicy);
  });

  test('keeps a resource that is replaced if it keeps a deleted one', () => {
    const kept = listResources(synthesizeStage(stage)).filter(
      ({ Type, DeletionPolicy }) => DeletionPolicy === 'RetainExceptOnCreate' && Type !== 'AWS::Lambda::Version',
    );
    for (const { id, UpdateReplacePolicy } of kept) expect(UpdateReplacePolicy, id).toBe('Retain');
  });
});

test('prod keeps what holds data and what is needed to read it', () => {
  const kept = listResources(synthesizeStage('prod')).filter(
    ({ DeletionPolicy }) => DeletionPolicy === 'RetainExceptOnCreate',
  );
  expect([...new Set(kept.map(({ Type }) => Type))].sort()).toEqual(KEPT_TYPES);
});

test('dev keeps nothing', () => {
  const kept = listResources(synthesizeStage('dev')).filter(
    ({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete',
  );
  expect(kept).toEqual([]);
});

test('the first deployment of prod protects nothing from deletion, and keeps the same resources', () => {
  const prod = getStageConfig('prod');
  const first = synthesizeConfig(configureFirstDeployment(prod, 'true'));
  for (const stack of Object.values(first.stacks)) expect(stack?.terminationProtection ?? false).toBe(false);
  expect(findResources('AWS::RDS::DBCluster', first.templates.data)[0]?.DeletionProtection).toBe(false);
  for (const pool of findResources('AWS::Cognito::UserPool', first.templates.identity))
    expect(pool.DeletionProtection).toBe('INACTIVE');

  const listPolicies = (synthesized: typeof first) =>
    listResources(synthesized)
      .filter(({ Type }) => Type !== 'AWS::Lambda::Version')
      .map(({ id, DeletionPolicy, UpdateReplacePolicy }) => [id, DeletionPolicy, UpdateReplacePolicy]);
  expect(listPolicies(first)).toEqual(listPolicies(synthesizeStage('prod')));
});

test('the context value firstDeployment is true or false', () => {
  const prod = getStageConfig('prod');
  for (const flag of [undefined, false, 'false']) expect(configureFirstDeployment(prod, flag)).toBe(prod);
  expect(configureFirstDeployment(prod, true).deletionProtection).toBe(false);
  expect(() => configureFirstDeployment(prod, 'yes')).toThrow(
    'firstDeployment is "yes". Write -c firstDeployment=true',
  );
});
