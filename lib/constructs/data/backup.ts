import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault, type IBackupVault } from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Snapshots, StageConfig } from '../../config/stages.ts';
import { createUniqueName } from '../shared/create-unique-name.ts';
import type { Database } from './database.ts';
import { getRecoveryVaultName } from './recovery-vault.ts';

/** Props of `Backup`. */
export interface BackupProps {
  readonly config: StageConfig;
  readonly snapshots: Snapshots;
  readonly database: Database;
}

/**
 * Scheduled snapshots of the database in a vault that outlives it. Each is copied to the recovery region if the stage
 * has one.
 */
export class Backup extends Construct {
  constructor(scope: Construct, id: string, { config, snapshots, database }: BackupProps) {
    super(scope, id);
    const plan = new BackupPlan(this, 'Plan', { backupPlanName: `medbook-${config.stage}` });
    plan.addRule(
      new BackupPlanRule({
        backupVault: this.addVault(config),
        scheduleExpression: Schedule.cron({ minute: '0', hour: toCronHours(snapshots) }),
        startWindow: Duration.hours(1),
        completionWindow: Duration.hours(4),
        deleteAfter: snapshots.keep,
        copyActions: config.recovery && [
          {
            destinationBackupVault: this.importRecoveryVault(config.recovery.region, config),
            deleteAfter: config.recovery.keep,
          },
        ],
      }),
    );
    const selection = plan.addSelection('Database', {
      resources: [BackupResource.fromRdsDatabaseCluster(database.cluster)],
    });
    Validations.of(selection).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      reason: 'AWS maintains this policy for AWS Backup, and only AWS Backup can assume the role.',
    });
  }

  // Kept in every stage, because a vault with snapshots cannot be deleted. Snapshots are deleted when they expire.
  private addVault(config: StageConfig): BackupVault {
    const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    return new BackupVault(this, 'Vault', {
      backupVaultName: createUniqueName(config),
      encryptionKey: new Key(this, 'Key', {
        description: 'MedBook: snapshots',
        enableKeyRotation: true,
        removalPolicy,
      }),
      blockRecoveryPointDeletion: config.keepData,
      removalPolicy,
    });
  }

  private importRecoveryVault(region: string, { stage }: StageConfig): IBackupVault {
    const arn = Stack.of(this).formatArn({
      service: 'backup',
      region,
      resource: 'backup-vault',
      resourceName: getRecoveryVaultName(stage),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return BackupVault.fromBackupVaultArn(this, 'Recovery', arn);
  }
}

function toCronHours({ everyHours }: Snapshots): string {
  return Array.from({ length: 24 / everyHours }, (_, i) => i * everyHours).join(',');
}
