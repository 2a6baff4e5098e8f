import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';

/** The key of all log groups in the stack of `scope`, made when first asked for. It lives as long as the logs do. */
export function logsKey(scope: Construct, config: StageConfig): Key {
  return sharedKey(scope, config, 'Logs', (key) => {
    const stack = Stack.of(scope);
    const ours = stack.formatArn({ service: 'logs', resource: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logs.amazonaws.com', { region: stack.region })],
        actions: USED_BY_LOGS,
        // In a key's policy this means the key itself.
        resources: ['*'],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': ours } },
      }),
    );
  });
}

/** The key of all queues in the stack of `scope`, made when first asked for: whoever may send needs a right on it. */
export function queuesKey(scope: Construct, config: StageConfig): Key {
  return sharedKey(scope, config, 'Queues');
}

const USED_BY_LOGS = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
];

/** One key for each purpose and stack: a key for each thing would cost a dollar a month and protect nothing more. */
function sharedKey(
  scope: Construct,
  config: StageConfig,
  purpose: string,
  prepare: (key: Key) => void = () => undefined,
): Key {
  const stack = Stack.of(scope);
  const keys = stack.node.tryFindChild('Keys') ?? new Construct(stack, 'Keys');
  const known = keys.node.tryFindChild(purpose);
  if (known instanceof Key) return known;
  const key = new Key(keys, purpose, {
    description: `${stack.stackName}: ${purpose.toLowerCase()}`,
    enableKeyRotation: true,
    removalPolicy: removalPolicyOf(config),
  });
  prepare(key);
  return key;
}
