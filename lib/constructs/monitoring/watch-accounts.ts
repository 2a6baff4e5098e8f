import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { createGraph } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/** Watches user pools by their clients, because Cognito has metrics per client. */
export const watchAccounts: Watcher = (part) => {
  if (!(part instanceof CfnUserPoolClient)) return undefined;
  const createMetric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/Cognito',
      metricName,
      dimensionsMap: { UserPool: part.userPoolId, UserPoolClient: part.ref },
      statistic: Stats.SUM,
    });
  const throttles = new MathExpression({
    expression: 'FILL(signIn, 0) + FILL(signUp, 0) + FILL(refresh, 0)',
    usingMetrics: {
      signIn: createMetric('SignInThrottles'),
      signUp: createMetric('SignUpThrottles'),
      refresh: createMetric('TokenRefreshThrottles'),
    },
    label: 'throttles',
  });
  return {
    alarms: [['Sign-in throttles', throttles]],
    widgets: [
      createGraph('sign-ins and sign-ups', [createMetric('SignInSuccesses'), createMetric('SignUpSuccesses')]),
      createGraph('throttles', [throttles]),
    ],
  };
};
