import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { graph } from './graph.ts';
import type { Watcher } from './watched.ts';

/** Cognito counts for each client of a pool. */
export const watchAccounts: Watcher = (part) => {
  if (!(part instanceof CfnUserPoolClient)) return undefined;
  const metric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/Cognito',
      metricName,
      dimensionsMap: { UserPool: part.userPoolId, UserPoolClient: part.ref },
      statistic: Stats.SUM,
    });
  const throttles = new MathExpression({
    expression: 'FILL(signIn, 0) + FILL(signUp, 0) + FILL(refresh, 0)',
    usingMetrics: {
      signIn: metric('SignInThrottles'),
      signUp: metric('SignUpThrottles'),
      refresh: metric('TokenRefreshThrottles'),
    },
    label: 'throttles',
  });
  return {
    alarms: [['Sign-in throttles', throttles]],
    widgets: [
      graph('sign-ins and sign-ups', [metric('SignInSuccesses'), metric('SignUpSuccesses')]),
      graph('throttles', [throttles]),
    ],
  };
};
