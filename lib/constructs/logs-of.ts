import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import { logsKey } from './keys.ts';

export interface LogsProps {
  readonly config: StageConfig;
  /** Only for a service that writes to a group of a certain name. @default - left to CloudFormation */
  readonly logGroupName?: string;
}

/** A log group as all of ours are: encrypted with the stack's key, kept for the stage's time. */
export function logsOf(scope: Construct, id: string, { config, logGroupName }: LogsProps): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName,
    retention: config.logRetention,
    encryptionKey: logsKey(scope, config),
    removalPolicy: removalPolicyOf(config),
  });
}
