import { Duration, Validations } from 'aws-cdk-lib';
import type { IBackupVault } from 'aws-cdk-lib/aws-backup';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { CheckBackupsEnv } from '../../../lambdas/entry/check-backups.contract.ts';
import type { StageConfig } from '../../config/stages.ts';
import { ScheduledJob } from '../jobs/scheduled-job.ts';

interface BackupCheckProps {
  readonly config: StageConfig;
  /** The vault of the snapshots, and that of their copies. */
  readonly vaults: readonly IBackupVault[];
}

/**
 * Adds the job that lets AWS Backup back up Aurora in this account, and records the age of the newest snapshot. It is
 * outside of the network, which has no endpoint of AWS Backup.
 */
export function addBackupCheck(scope: Construct, { config, vaults }: BackupCheckProps): void {
  const { job } = new ScheduledJob<CheckBackupsEnv>(scope, 'Check', {
    config,
    entry: 'check-backups',
    environment: {
      BACKUP_VAULTS: vaults.map(({ env, backupVaultName }) => `${env.region}/${backupVaultName}`).join(),
    },
    timeout: Duration.minutes(1),
    memorySize: 512,
    schedule: ScheduleExpression.rate(Duration.hours(1)),
  });
  job.function.addToRolePolicy(new PolicyStatement({ actions: SETTINGS_ACTIONS, resources: ['*'] }));
  job.function.addToRolePolicy(
    new PolicyStatement({
      actions: ['backup:DescribeBackupVault', 'backup:ListRecoveryPointsByBackupVault'],
      resources: vaults.map(({ backupVaultArn }) => backupVaultArn),
    }),
  );
  Validations.of(job).acknowledge(
    ...SETTINGS_ACTIONS.map((action) => ({
      id: `MedBook::ResourcesAreNamed[${action} on *]`,
      reason: 'The settings belong to the account, so this action has no resource.',
    })),
  );
}

const SETTINGS_ACTIONS = ['backup:DescribeRegionSettings', 'backup:UpdateRegionSettings'];
