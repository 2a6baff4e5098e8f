import { Aws, Fn } from 'aws-cdk-lib';
import type { StageConfig } from '../../config/stages.ts';

/**
 * Returns a physical name that is unique across stages and deployments, for resources whose name must be known before
 * they exist. It ends with 12 characters of the stack's ID, so resources retained by an earlier deployment do not
 * conflict.
 */
export function createUniqueName({ stage }: StageConfig): string {
  const uuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return `medbook-${stage}-${Fn.select(4, Fn.split('-', uuid))}`;
}
