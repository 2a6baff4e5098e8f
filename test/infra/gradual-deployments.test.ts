import { describe, expect, test } from 'vitest';
import { METRIC_NAMESPACE } from '../../lambdas/shared/metrics.contract.ts';
import { parseFlag } from '../../lib/config/parse-flag.ts';
import { getStageConfig } from '../../lib/config/stages.ts';
import { findResources, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

type Synthesized = ReturnType<typeof synthesizeConfig>;

type Resource = ReturnType<typeof findResources>[number];

/** Returns the deployment groups, each with its alarms. */
function listRollouts({ templates }: Synthesized) {
  const alarms = findResources('AWS::CloudWatch::Alarm', templates.service);
  return findResources('AWS::CodeDeploy::DeploymentGroup', templates.service).map((group) => {
    const ids: string[] = group.AlarmConfiguration.Alarms.map(({ Name }: { Name: { Ref: string } }) => Name.Ref);
    const own = ids.map((id): Resource => alarms.find((alarm) => alarm.id === id) ?? expect.fail(id));
    return { group, alarms: own };
  });
}

describe('a new version', () => {
  const prod = synthesizeStage('prod');
  const rollouts = listRollouts(prod);

  test('is rolled back by its own failures only', () => {
    expect(rollouts.length).toBeGreaterThan(0);
    for (const { group, alarms } of rollouts) {
      const { id, AlarmConfiguration, AutoRollbackConfiguration } = group;
      expect(AutoRollbackConfiguration.Events, id).toContain('DEPLOYMENT_STOP_ON_ALARM');
      expect(AlarmConfiguration.Enabled, id).toBe(true);
      const metrics = alarms.map(({ Namespace, MetricName }) => `${Namespace} ${MetricName}`);
      expect(metrics, id).toEqual(['AWS/Lambda Errors', `${METRIC_NAMESPACE} ServerErrors`]);
      const part = id.replace(/Rollout.*$/, '');
      for (const { Dimensions } of alarms) {
        const dimensions = Object.fromEntries(
          Dimensions.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, Value]),
        );
        const functionRef = { Ref: expect.stringMatching(new RegExp(`^${part}Function[0-9A-F]{8}$`)) };
        expect(dimensions.FunctionName, id).toEqual(functionRef);
        expect(dimensions.ExecutedVersion, id).toEqual({
          'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${part}FunctionCurrentVersion`)), 'Version'],
        });
        // The name of the alias, and no reference to it.
        if ('Resource' in dimensions)
          expect(dimensions.Resource, id).toEqual({ 'Fn::Join': ['', [functionRef, ':live']] });
        else expect(dimensions.service, id).toBe('MedBook-prod');
      }
    }
  });

  test('has new alarms without a fixed name, because CloudWatch keeps the state of an alarm that is updated', () => {
    const { templates } = prod;
    const hashes = new Set(findResources('AWS::Lambda::Version', templates.service).map(({ id }) => id.slice(-32)));
    for (const { alarms } of rollouts) {
      for (const { id, AlarmName } of alarms) {
        expect(AlarmName, id).toBeUndefined();
        expect(hashes, id).toContain(id.slice(-32));
      }
    }
  });

  test('that changes has other alarms, and unchanged functions keep theirs', () => {
    const listIds = (groups: typeof rollouts) => groups.flatMap(({ alarms }) => alarms.map(({ id }): string => id));
    const before = listIds(rollouts);
    // A variable of PatientApi only.
    const after = listIds(listRollouts(synthesizeConfig({ ...prod.config, bookingsPerMinute: 7 })));
    const changed = before.filter((id) => !after.includes(id));
    expect(changed).toEqual([expect.stringMatching(/^PatientApi/), expect.stringMatching(/^PatientApi/)]);
    expect(after).toHaveLength(before.length);
  });

  test.each([
    ['clinic', 10, 1],
    ['network', 3, 2],
  ] as const)('in the size %s gets 10 %% more each %i minutes, and is watched all the time', (size, step, failures) => {
    const sized = size === prod.config.size ? rollouts : listRollouts(synthesizeConfig(getStageConfig('prod', size)));
    for (const { group, alarms } of sized) {
      expect(group.DeploymentConfigName).toBe(`CodeDeployDefault.LambdaLinear10PercentEvery${step}Minutes`);
      for (const alarm of alarms) {
        expect(alarm).toMatchObject({
          Period: 60,
          Statistic: 'Sum',
          Threshold: 1,
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          EvaluationPeriods: 9 * step,
          DatapointsToAlarm: failures,
          TreatMissingData: 'notBreaching',
        });
      }
    }
  });
});

test('ignoreRolloutAlarms sends all traffic to new versions at once, even if an alarm is active', () => {
  const groups = listRollouts(synthesizeConfig({ ...getStageConfig('prod'), ignoreRolloutAlarms: true }));
  expect(groups.length).toBeGreaterThan(0);
  for (const { group } of groups) {
    const { id, AlarmConfiguration, DeploymentConfigName } = group;
    expect(AlarmConfiguration.Enabled, id).toBe(false);
    expect(DeploymentConfigName, id).toBe('CodeDeployDefault.LambdaAllAtOnce');
  }
});

test('a flag of the context is true or false', () => {
  expect([true, 'true', false, 'false', undefined].map((value) => parseFlag('ignoreRolloutAlarms', value))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(() => parseFlag('ignoreRolloutAlarms', 'yes')).toThrow(
    'ignoreRolloutAlarms is "yes". Write -c ignoreRolloutAlarms=true',
  );
});
