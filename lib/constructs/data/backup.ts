import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault, type IBackupVault } from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Snapshots, StageConfig } from '../../config/stages.ts';
import { createUniqueName } from '../shared/create-unique-name.ts';
import { addBackupCheck } from './add-backup-check.ts';
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
 * has one. A job checks that they are made.
 */
export class Backup extends Construct {
  /** For its metrics. */
  readonly vault: BackupVault;
  /** The age of the newest snapshot, and of its copy, above which one is missing. */
  readonly maxAge: Duration;

  constructor(scope: Construct, id: string, { config, snapshots, database }: BackupProps) {
    super(scope, id);
    this.vault = this.createVault(config);
    this.maxAge = START_WINDOW.plus(COMPLETION_WINDOW).plus(Duration.hours(2 * snapshots.everyHours));
    const recoveryVault = config.recovery && this.importRecoveryVault(config.recovery.region, config);
    const plan = new BackupPlan(this, 'Plan', { backupPlanName: `medbook-${config.stage}` });
    plan.addRule(
      new BackupPlanRule({
        backupVault: this.vault,
        scheduleExpression: Schedule.cron({ minute: '0', hour: toCronHours(snapshots) }),
        startWindow: START_WINDOW,
        completionWindow: COMPLETION_WINDOW,
        deleteAfter: snapshots.keep,
        copyActions: config.recovery &&
          recoveryVault && [{ destinationBackupVault: recoveryVault, deleteAfter: config.recovery.keep }],
      }),
    );
    plan.addSelection('Database', {
      resources: [BackupResource.fromRdsDatabaseCluster(database.cluster)],
      role: this.createRole(),
    });
    addBackupCheck(this, { config, vaults: recoveryVault ? [this.vault, recoveryVault] : [this.vault] });
  }

  // Kept in every stage, because a vault with snapshots cannot be deleted. Snapshots are deleted when they expire.
  private createVault(config: StageConfig): BackupVault {
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

  /** AWS Backup requires `AwsBackup` in the name of a role that is not its default one. */
  private createRole(): Role {
    const role = new Role(this, 'AwsBackup', { assumedBy: new ServicePrincipal('backup.amazonaws.com') });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      reason: 'AWS maintains this policy for AWS Backup, and only AWS Backup can assume the role.',
    });
    return role;
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

const START_WINDOW = Duration.hours(1);
const COMPLETION_WINDOW = Duration.hours(4);

function toCronHours({ everyHours }: Snapshots): string {
  return Array.from({ length: 24 / everyHours }, (_, i) => i * everyHours).join(',');
}
