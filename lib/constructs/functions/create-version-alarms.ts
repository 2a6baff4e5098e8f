import { Duration, Lazy, Stack, Validations } from 'aws-cdk-lib';
import { Alarm, type CfnAlarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnVersion, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { createMetricFactory, getServiceName } from '../monitoring/function-metrics.ts';

/** Options of `createVersionAlarms`. */
export interface VersionAlarmsProps {
  readonly lambda: LambdaFunction;
  /** The name itself: a reference to the alias, which waits for the alarms, would be a cycle. */
  readonly aliasName: string;
  readonly config: StageConfig;
}

const STEPS = 9;

/**
 * Creates the alarms about the newest version of a function: its failed invocations, and its 5xx responses, which are
 * no failures to Lambda. They count the minutes with a failure during the whole deployment, because a clinic has too few
 * requests for a rate.
 */
export function createVersionAlarms(scope: Construct, { lambda, aliasName, config }: VersionAlarmsProps): Alarm[] {
  const { functionName, currentVersion } = lambda;
  const dimensionsMap = { FunctionName: functionName, ExecutedVersion: currentVersion.version };
  const period = Duration.minutes(1);
  const failedInvocations = new Metric({
    namespace: 'AWS/Lambda',
    metricName: 'Errors',
    dimensionsMap: { ...dimensionsMap, Resource: `${functionName}:${aliasName}` },
    statistic: Stats.SUM,
    period,
  });
  const serverErrors = createMetricFactory(config)('ServerErrors', Stats.SUM, period).with({
    dimensionsMap: { ...dimensionsMap, service: getServiceName(config) },
  });

  const createAlarm = (id: string, metric: Metric, what: string) => {
    const alarm = new Alarm(scope, id, {
      metric,
      alarmDescription: `${what} in the newest version. See "A deployment was rolled back" in docs/runbook.md.`,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: config.rollout.failedMinutes,
      evaluationPeriods: STEPS * config.rollout.stepMinutes,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    nameAfterVersion(alarm, lambda);
    Validations.of(alarm).acknowledge({
      id: 'HIPAA.Security-CloudWatchAlarmAction',
      reason: 'CodeDeploy reads it and rolls back, so the deployment fails visibly. Other alarms notify the operators.',
    });
    return alarm;
  };
  return [
    createAlarm('FailedInvocations', failedInvocations, 'Failed invocations'),
    createAlarm('ServerErrors', serverErrors, '5xx responses'),
  ];
}

/**
 * Gives each version an alarm of its own, with the version's hash in the logical id. CloudWatch keeps the state of an
 * alarm that is updated, so the alarm of a broken version would block the deployment of its repair.
 */
function nameAfterVersion(alarm: Alarm, { currentVersion }: LambdaFunction): void {
  const stack = Stack.of(alarm);
  const cfnAlarm = alarm.node.defaultChild as CfnAlarm;
  const cfnVersion = currentVersion.node.defaultChild as CfnVersion;
  const alarmId: string = stack.resolve(cfnAlarm.logicalId);
  // The hash of a version is known only at the end of the synthesis.
  const logicalId = Lazy.uncachedString({
    produce: ({ resolve }) => `${alarmId}${String(resolve(cfnVersion.logicalId)).slice(-HASH_LENGTH)}`,
  });
  cfnAlarm.overrideLogicalId(logicalId);
}

/** The length of the hash at the end of a version's logical id. */
const HASH_LENGTH = 32;
