import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';

/**
 * Returns the key of all log groups in the stack of `scope`, and creates it at the first call. Its removal policy is
 * that of the logs.
 */
export function getLogsKey(scope: Construct, config: StageConfig): Key {
  return getOrCreateKey(scope, config, 'Logs', (key) => {
    const stack = Stack.of(scope);
    const logGroupArns = stack.formatArn({ service: 'logs', resource: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logs.amazonaws.com', { region: stack.region })],
        actions: LOGS_KEY_ACTIONS,
        // In a key policy `*` means the key itself.
        resources: ['*'],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroupArns } },
      }),
    );
  });
}

/**
 * Returns the key of all queues in the stack of `scope`, and creates it at the first call. Senders need permission to
 * use it.
 */
export function getQueuesKey(scope: Construct, config: StageConfig): Key {
  return getOrCreateKey(scope, config, 'Queues');
}

const LOGS_KEY_ACTIONS = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
];

/** One key per purpose and stack: a key per resource would cost a dollar a month each and protect nothing more. */
function getOrCreateKey(
  scope: Construct,
  config: StageConfig,
  purpose: string,
  configure: (key: Key) => void = () => undefined,
): Key {
  const stack = Stack.of(scope);
  const keys = stack.node.tryFindChild('Keys') ?? new Construct(stack, 'Keys');
  const existing = keys.node.tryFindChild(purpose);
  if (existing instanceof Key) return existing;
  const key = new Key(keys, purpose, {
    description: `${stack.stackName}: ${purpose.toLowerCase()}`,
    enableKeyRotation: true,
    removalPolicy: getRemovalPolicy(config),
  });
  configure(key);
  return key;
}
