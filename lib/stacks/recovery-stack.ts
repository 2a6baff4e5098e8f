import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Recovery, Stage } from '../config/stages.ts';
import { RecoveryVault } from '../constructs/recovery-vault.ts';

export interface RecoveryStackProps extends StackProps {
  readonly stage: Stage;
  readonly recovery: Recovery;
}

/** What is left when the first region is lost: the copies of the snapshots, in another region. */
export class RecoveryStack extends Stack {
  constructor(scope: Construct, id: string, { stage, recovery, ...props }: RecoveryStackProps) {
    super(scope, id, props);
    new RecoveryVault(this, 'Vault', { stage, recovery });
  }
}
