import { describe, expect, test } from 'vitest';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

describe.each(STAGES)('the backups of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const { data } = templates;
  const [plan, ...otherPlans] = findResources('AWS::Backup::BackupPlan', data);

  test('allow point-in-time recovery for 7 days, and in prod for 35 days', () => {
    const [cluster] = findResources('AWS::RDS::DBCluster', data);
    expect(cluster?.BackupRetentionPeriod).toBe(stage === 'prod' ? 35 : 7);
  });

  test('include snapshots at the configured interval if the stage has snapshots', () => {
    expect(otherPlans).toEqual([]);
    expect(plan !== undefined).toBe(config.snapshots !== undefined);
    if (!plan || !config.snapshots) return;
    const [rule] = plan.BackupPlan.BackupPlanRule;
    const hours: string = rule.ScheduleExpression.split(' ')[1];
    expect(hours.split(',')).toHaveLength(24 / config.snapshots.everyHours);
    expect(rule.Lifecycle.DeleteAfterDays).toBe(config.snapshots.keep.toDays());
  });

  test('store the cluster in a vault with its own key, and keep both when the stack is deleted', () => {
    if (!config.snapshots) return;
    const [selection] = findResources('AWS::Backup::BackupSelection', data);
    expect(JSON.stringify(selection?.BackupSelection.Resources)).toContain('DatabaseCluster');
    const [vault] = findResources('AWS::Backup::BackupVault', data);
    expect(vault?.EncryptionKeyArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^BackupKey/), 'Arn'] });
    expect(vault?.resource.DeletionPolicy).toBe('RetainExceptOnCreate');
    const key = findResources('AWS::KMS::Key', data).find(({ id }) => id.startsWith('BackupKey'));
    expect(key?.resource.DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  test('cannot be deleted early if the stage keeps data', () => {
    const deniedActions = findResources('AWS::Backup::BackupVault', data).map(
      ({ AccessPolicy }) => AccessPolicy?.Statement[0].Action ?? [],
    );
    expect(deniedActions.flat().includes('backup:DeleteRecoveryPoint')).toBe(config.keepData);
  });
});
