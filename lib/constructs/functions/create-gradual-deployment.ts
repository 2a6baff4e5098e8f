import { Validations } from 'aws-cdk-lib';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { RolloutSettings } from '../../config/sizes.ts';
import type { StageConfig } from '../../config/stages.ts';
import { createVersionAlarms } from './create-version-alarms.ts';

/** Options of `createGradualDeployment`. */
export interface GradualDeploymentProps {
  readonly lambda: LambdaFunction;
  /** The alias that all callers use. */
  readonly alias: Alias;
  readonly config: StageConfig;
}

/**
 * Sends 10 % of the traffic to a new version, and 10 % more after each step of the stage's size. Failures of the new
 * version roll it back; those of the previous version do not, so that a repair can be deployed. With
 * `ignoreRolloutAlarms`, all traffic goes to the new version at once, even if an alarm is active.
 */
export function createGradualDeployment(scope: Construct, { lambda, alias, config }: GradualDeploymentProps): void {
  const { rollout, ignoreRolloutAlarms = false } = config;
  const deploymentGroup = new LambdaDeploymentGroup(scope, 'Rollout', {
    alias,
    deploymentConfig: ignoreRolloutAlarms ? LambdaDeploymentConfig.ALL_AT_ONCE : LINEAR_CONFIGS[rollout.stepMinutes],
    alarms: createVersionAlarms(scope, { lambda, aliasName: alias.aliasName, config }),
    ignoreAlarmConfiguration: ignoreRolloutAlarms,
  });
  Validations.of(deploymentGroup).acknowledge({
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    reason:
      'AWS maintains this policy for CodeDeploy to shift traffic; it does not allow calling other functions, and only CodeDeploy can assume the role.',
  });
}

/** CodeDeploy's own configurations, by the minutes between two steps. */
const LINEAR_CONFIGS = {
  1: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  2: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_2MINUTES,
  3: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_3MINUTES,
  10: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_10MINUTES,
} as const satisfies Readonly<Record<RolloutSettings['stepMinutes'], unknown>>;
