import { RemovalPolicy } from 'aws-cdk-lib';
import { BackupVault } from 'aws-cdk-lib/aws-backup';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Recovery, Stage } from '../../config/stages.ts';

/** Props of `RecoveryVault`. */
export interface RecoveryVaultProps {
  readonly stage: Stage;
  readonly recovery: Recovery;
}

/** A locked backup vault in another region for copies of the snapshots. Copies cannot be deleted before they expire. */
export class RecoveryVault extends Construct {
  constructor(scope: Construct, id: string, { stage, recovery }: RecoveryVaultProps) {
    super(scope, id);
    // Kept in every stage: a vault with copies cannot be deleted, and copies are useless without their key.
    const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const encryptionKey = new Key(this, 'Key', {
      description: 'MedBook: copies of snapshots',
      enableKeyRotation: true,
      removalPolicy,
    });
    new BackupVault(this, 'Resource', {
      backupVaultName: getRecoveryVaultName(stage),
      encryptionKey,
      lockConfiguration: {
        minRetention: recovery.keep,
        ...(recovery.lockFinalAfter && { changeableFor: recovery.lockFinalAfter }),
      },
      removalPolicy,
    });
  }
}

/** Returns the fixed name of the vault, because a stack cannot refer to resources in another region. */
export function getRecoveryVaultName(stage: Stage): string {
  return `MedBook-${stage}-Recovery`;
}
