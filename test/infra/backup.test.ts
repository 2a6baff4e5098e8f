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

  test('are made with a role that AWS Backup accepts', () => {
    if (!config.snapshots) return;
    const [selection] = findResources('AWS::Backup::BackupSelection', data);
    const role = selection?.BackupSelection.IamRoleArn['Fn::GetAtt'][0];
    // CloudFormation builds the name from the logical id, of which it keeps 24 characters.
    expect(role.slice(0, 24)).toContain('AwsBackup');
    expect(JSON.stringify(data.toJSON().Resources[role].Properties)).toContain('AWSBackupServiceRolePolicyForBackup');
  });

  test('are checked every hour, with permissions for their vaults and for the one setting of the account', () => {
    const jobs = findResources('AWS::Lambda::Function', data).filter(({ id }) => id.startsWith('BackupCheckJob'));
    expect(jobs).toHaveLength(config.snapshots ? 1 : 0);
    if (!config.snapshots) return;
    const schedules = findResources('AWS::Scheduler::Schedule', data).filter(({ id }) => id.startsWith('BackupCheck'));
    expect(schedules.map(({ ScheduleExpression }) => ScheduleExpression)).toEqual(['rate(1 hour)']);

    const vaults = JSON.stringify(jobs[0]?.Environment.Variables.BACKUP_VAULTS);
    const [vault] = findResources('AWS::Backup::BackupVault', data);
    expect(vaults).toContain(config.region ?? '{"Ref":"AWS::Region"},"/",');
    expect(vaults).toContain(vault?.id);
    if (config.recovery) expect(vaults).toContain(`,${config.recovery.region}/MedBook-${stage}-Recovery"`);

    const statements = findResources('AWS::IAM::Policy', data)
      .filter(({ id }) => id.startsWith('BackupCheckJobRole'))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => JSON.stringify(Action).includes('backup:'));
    const listActions = (actions: string[]) => actions.filter((action) => action.startsWith('backup:'));
    expect(statements.map(({ Action }) => listActions(Action))).toEqual([
      ['backup:DescribeRegionSettings', 'backup:UpdateRegionSettings'],
      ['backup:DescribeBackupVault', 'backup:ListRecoveryPointsByBackupVault'],
    ]);
    expect([statements[1].Resource].flat()).toHaveLength(config.recovery ? 2 : 1);
  });

  test('have alarms for failed jobs, and for a newest snapshot that is too old', () => {
    const alarms = findResources('AWS::CloudWatch::Alarm', data);
    const findAlarm = (rule: string) => alarms.find(({ AlarmName }) => AlarmName.endsWith(`: ${rule}`));
    expect(findAlarm('Old backup') !== undefined).toBe(config.snapshots !== undefined);
    if (!config.snapshots) return;
    const hours = 2 * config.snapshots.everyHours + 5;
    expect(findAlarm('Old backup')?.Metrics[0].Expression).toBe(`100 * measure / ${hours * 3600}`);
    if (config.alarms === 'page') return;
    const failures = JSON.stringify(findAlarm('Failed backups')?.Metrics);
    for (const name of ['BackupJobsFailed', 'BackupJobsExpired', 'BackupJobsAborted', 'CopyJobsFailed'])
      expect(failures).toContain(`"MetricName":"NumberOf${name}"`);
  });
});
