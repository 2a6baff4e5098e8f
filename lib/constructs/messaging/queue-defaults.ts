import { QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { getQueuesKey } from '../shared/encryption-keys.ts';

/** Returns what all queues have in common: encryption with our own key, and TLS only. */
export function getQueueDefaults(scope: Construct, config: StageConfig): QueueProps {
  return { encryption: QueueEncryption.KMS, encryptionMasterKey: getQueuesKey(scope, config), enforceSSL: true };
}
