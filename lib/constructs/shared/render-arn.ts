import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { renderValue } from '../../nag/render-value.ts';

/**
 * Returns an ARN as the rules write it in the IDs of violations: with placeholders such as `<AWS::Region>` for what only
 * the deployment resolves. In a stage with a fixed region or account these are values.
 */
export function renderArn(scope: Construct, arn: string): string {
  return renderValue(Stack.of(scope).resolve(arn));
}
