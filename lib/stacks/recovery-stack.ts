import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Recovery, Stage } from '../config/stages.ts';
import { RecoveryVault } from '../constructs/data/recovery-vault.ts';

/** Props of `RecoveryStack`. */
export interface RecoveryStackProps extends StackProps {
  readonly stage: Stage;
  readonly recovery: Recovery;
}

/** Copies of the snapshots in another region, in case the stage's region is lost. */
export class RecoveryStack extends Stack {
  constructor(scope: Construct, id: string, { stage, recovery, ...props }: RecoveryStackProps) {
    super(scope, id, props);
    new RecoveryVault(this, 'Vault', { stage, recovery });
  }
}
