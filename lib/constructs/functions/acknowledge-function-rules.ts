import { Validations } from 'aws-cdk-lib';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Network } from '../network/network.ts';

/** Acknowledges, with reasons, the cdk-nag rules that a function breaks on purpose. */
export function acknowledgeFunctionRules(lambda: NodejsFunction, network: Network | undefined): void {
  const reason =
    'Synchronous callers see its failure; functions that are invoked asynchronously have an on-failure destination instead.';
  Validations.of(lambda).acknowledge(
    { id: 'HIPAA.Security-LambdaDLQ', reason },
    { id: 'Serverless-LambdaDLQ', reason },
    {
      id: 'HIPAA.Security-LambdaConcurrency',
      reason:
        'Functions that use the database have a limit where the stage reserves concurrency. A new account cannot reserve any.',
    },
    {
      id: 'Serverless-LambdaTracing',
      reason:
        'Requests of the API are traced. Of jobs, Lambda would trace nearly every run, at a rate that cannot be set.',
    },
  );
  if (network) return;
  Validations.of(lambda).acknowledge({
    id: 'HIPAA.Security-LambdaInsideVPC',
    reason: 'It has no secrets, and reads no data of people: it does not connect to the database or the cache.',
  });
}
