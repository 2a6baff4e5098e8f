import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault, type IBackupVault } from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Snapshots, StageConfig } from '../config/stages.ts';
import type { Database } from './database.ts';
import { recoveryVaultName } from './recovery-vault.ts';
import { uniqueName } from './unique-name.ts';

export interface BackupProps {
  readonly config: StageConfig;
  readonly snapshots: Snapshots;
  readonly database: Database;
}

/** Snapshots of the database by the clock, in a vault that outlives it; each is copied to the recovery region, if the stage has one. */
export class Backup extends Construct {
  constructor(scope: Construct, id: string, { config, snapshots, database }: BackupProps) {
    super(scope, id);
    const plan = new BackupPlan(this, 'Plan', { backupPlanName: `medbook-${config.stage}` });
    plan.addRule(
      new BackupPlanRule({
        backupVault: this.addVault(config),
        scheduleExpression: Schedule.cron({ minute: '0', hour: hoursOf(snapshots) }),
        startWindow: Duration.hours(1),
        completionWindow: Duration.hours(4),
        deleteAfter: snapshots.keep,
        copyActions: config.recovery && [
          {
            destinationBackupVault: this.recoveryVault(config.recovery.region, config),
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
      reason: 'AWS keeps this policy in step with what its own service needs; the role is only for that service.',
    });
  }

  // Kept in every stage: a vault with snapshots in it cannot be deleted. They leave it by themselves when their time is up.
  private addVault(config: StageConfig): BackupVault {
    const removalPolicy = RemovalPolicy.RETAIN;
    return new BackupVault(this, 'Vault', {
      backupVaultName: uniqueName(config),
      encryptionKey: new Key(this, 'Key', {
        description: 'MedBook: snapshots',
        enableKeyRotation: true,
        removalPolicy,
      }),
      blockRecoveryPointDeletion: config.keepData,
      removalPolicy,
    });
  }

  private recoveryVault(region: string, { stage }: StageConfig): IBackupVault {
    const arn = Stack.of(this).formatArn({
      service: 'backup',
      region,
      resource: 'backup-vault',
      resourceName: recoveryVaultName(stage),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return BackupVault.fromBackupVaultArn(this, 'Recovery', arn);
  }
}

function hoursOf({ everyHours }: Snapshots): string {
  return Array.from({ length: 24 / everyHours }, (_, i) => i * everyHours).join(',');
}
