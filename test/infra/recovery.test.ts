import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { getStageConfig } from '../../lib/config/stages.ts';
import { findResources, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

test('only prod has a second region', () => {
  expect(STAGES.filter((stage) => synthesizeStage(stage).stacks.recovery)).toEqual(['prod']);
});

describe('the recovery region', () => {
  const { config, stacks, templates, assembly } = synthesizeStage('prod');
  if (!stacks.recovery) throw new Error('prod has no Recovery stack.');
  const recovery = Template.fromStack(stacks.recovery);
  const [vault] = findResources('AWS::Backup::BackupVault', recovery);

  test('is the configured region, differs from the main region and has a protected stack', () => {
    expect(stacks.recovery?.region).toBe(config.recovery?.region);
    expect(stacks.recovery?.region).not.toBe(config.region);
    expect(stacks.recovery?.terminationProtection).toBe(true);
  });

  test('receives a copy of every snapshot in its vault', () => {
    const [plan] = findResources('AWS::Backup::BackupPlan', templates.data);
    const [copy] = plan?.BackupPlan.BackupPlanRule[0].CopyActions ?? [];
    expect(JSON.stringify(copy.DestinationBackupVaultArn)).toContain(
      `:backup:${config.recovery?.region}:",{"Ref":"AWS::AccountId"},":backup-vault:${vault?.BackupVaultName}"`,
    );
    expect(copy.Lifecycle.DeleteAfterDays).toBe(config.recovery?.keep.toDays());
  });

  test('has its vault before the Data stack creates copies', () => {
    expect(assembly.getStackByName('MedBook-prod-Data').dependencies.map(({ id }) => id)).toContain(
      'MedBook-prod-Recovery',
    );
  });

  test('has a locked vault that prevents early deletion of copies, by hand or with the stack', () => {
    expect(vault?.LockConfiguration.MinRetentionDays).toBe(config.recovery?.keep.toDays());
    expect(vault?.EncryptionKeyArn).toBeDefined();
    for (const type of ['AWS::Backup::BackupVault', 'AWS::KMS::Key']) {
      for (const { resource } of findResources(type, recovery))
        expect(resource.DeletionPolicy).toBe('RetainExceptOnCreate');
    }
  });

  test('has a lock that becomes final only after the configured number of days', () => {
    expect(vault?.LockConfiguration.ChangeableForDays).toBeUndefined();
    const prod = getStageConfig('prod');
    if (!prod.recovery) throw new Error('prod has no recovery configuration.');
    const { stacks: finalStacks } = synthesizeConfig({
      ...prod,
      recovery: { ...prod.recovery, lockFinalAfter: prod.recovery.keep },
    });
    if (!finalStacks.recovery) throw new Error('prod has no Recovery stack.');
    const [lockedVault] = findResources('AWS::Backup::BackupVault', Template.fromStack(finalStacks.recovery));
    expect(lockedVault?.LockConfiguration.ChangeableForDays).toBe(prod.recovery.keep.toDays());
  });
});
