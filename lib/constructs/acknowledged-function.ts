import { Validations } from 'aws-cdk-lib';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Network } from './network.ts';

/** Says of a function what the policy packs cannot see. */
export function acknowledgeFunction(lambda: NodejsFunction, network: Network | undefined): void {
  const nobodyWaits =
    'Whoever calls it waits and sees its failure; what runs without a caller has an on-failure destination instead.';
  Validations.of(lambda).acknowledge(
    { id: 'HIPAA.Security-LambdaDLQ', reason: nobodyWaits },
    { id: 'Serverless-LambdaDLQ', reason: nobodyWaits },
    {
      id: 'HIPAA.Security-LambdaConcurrency',
      reason:
        'A cap would refuse patients before the account does. Jobs have one where the account has concurrency to set aside.',
    },
  );
  if (network) return;
  Validations.of(lambda).acknowledge({
    id: 'HIPAA.Security-LambdaInsideVPC',
    reason: 'It knows no secret and reads no data: it shows the description of the API.',
  });
}
