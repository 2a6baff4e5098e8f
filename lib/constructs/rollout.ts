import { Validations } from 'aws-cdk-lib';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Gives a new version a tenth of the traffic, and the rest after five minutes; all goes back when an alarm that it is given goes off. */
export function rolloutOf(scope: Construct, alias: Alias): LambdaDeploymentGroup {
  const rollout = new LambdaDeploymentGroup(scope, 'Rollout', {
    alias,
    deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  });
  Validations.of(rollout).acknowledge({
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    reason:
      'What CodeDeploy needs to shift traffic, kept by AWS and without the right to call other functions; only CodeDeploy can take the role.',
  });
  return rollout;
}
