import { RemovalPolicy } from 'aws-cdk-lib';
import { BackupVault } from 'aws-cdk-lib/aws-backup';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Recovery, Stage } from '../config/stages.ts';

export interface RecoveryVaultProps {
  readonly stage: Stage;
  readonly recovery: Recovery;
}

/** Where copies of the snapshots lie, out of reach of what befalls the first region: nobody can delete one before its time. */
export class RecoveryVault extends Construct {
  constructor(scope: Construct, id: string, { stage, recovery }: RecoveryVaultProps) {
    super(scope, id);
    // Kept whatever the stage says: a vault with copies in it cannot be deleted, and without their key they are noise.
    const removalPolicy = RemovalPolicy.RETAIN;
    const encryptionKey = new Key(this, 'Key', {
      description: 'MedBook: copies of snapshots',
      enableKeyRotation: true,
      removalPolicy,
    });
    new BackupVault(this, 'Resource', {
      backupVaultName: recoveryVaultName(stage),
      encryptionKey,
      lockConfiguration: {
        minRetention: recovery.keep,
        ...(recovery.lockFinalAfter && { changeableFor: recovery.lockFinalAfter }),
      },
      removalPolicy,
    });
  }
}

/** By this name the first region knows the vault: it cannot refer to what another region's stack makes. */
export function recoveryVaultName(stage: Stage): string {
  return `MedBook-${stage}-Recovery`;
}
