import { Aws, Fn } from 'aws-cdk-lib';
import type { StageConfig } from '../config/stages.ts';

/**
 * A name, for what must have one before it exists, that no other stage has, and no earlier deployment of this stage either: what
 * that one left behind keeps its own. It ends with twelve characters of the stack's id.
 */
export function uniqueName({ stage }: StageConfig): string {
  const uuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return `medbook-${stage}-${Fn.select(4, Fn.split('-', uuid))}`;
}
