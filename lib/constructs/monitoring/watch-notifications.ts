import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Notifications } from '../messaging/notifications.ts';
import { createMetricFactory } from './function-metrics.ts';
import { createGraph } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/** Watches notifications: our own metrics, the account's reputation with SES, and the cost of SMS. */
export const watchNotifications: Watcher = (part, config) => {
  if (!(part instanceof Notifications)) return undefined;
  const createMetric = createMetricFactory(config);
  const outboxLag = createMetric('UnpublishedSeconds', Stats.MAXIMUM);
  const notificationLag = createMetric('UnsentSeconds', Stats.MAXIMUM);
  const unknownDeliveries = createMetric('NotificationsUnknown');
  const failedNotifications = createMetric('NotificationsFailed');
  const sentNotifications = createMetric('NotificationsSent');
  const bounces = createReputationMetric('BounceRate');
  const complaints = createReputationMetric('ComplaintRate');
  const smsSpend = new MathExpression({
    expression: `100 * spent / ${config.smsMonthlyLimit}`,
    usingMetrics: {
      spent: new Metric({ namespace: 'AWS/SNS', metricName: 'SMSMonthToDateSpentUSD', statistic: Stats.MAXIMUM }),
    },
    label: 'of the limit, %',
    period: Duration.hours(1),
  });
  return {
    alarms: [
      // They need two periods of five minutes, and hourly jobs publish their metrics once an hour.
      ...(config.hourlyJobs
        ? []
        : ([
            ['Outbox lag', outboxLag],
            ['Late notifications', notificationLag],
          ] as const)),
      ['Failed notifications', failedNotifications],
      ['Unknown deliveries', unknownDeliveries],
      ['Email bounces', bounces],
      ['Email complaints', complaints],
      ['SMS spend', smsSpend],
    ],
    widgets: [
      createGraph('sent, suppressed, postponed', [
        sentNotifications,
        createMetric('NotificationsSuppressed'),
        createMetric('NotificationsPostponed'),
      ]),
      createGraph('failed, dead, unknown', [failedNotifications, createMetric('NotificationsDead'), unknownDeliveries]),
      createGraph('age in seconds: oldest change without notifications, oldest waiting notification', [
        outboxLag,
        notificationLag,
      ]),
      createGraph('reminders planned, addresses blocked', [
        createMetric('RemindersPlanned'),
        createMetric('AddressesBlocked'),
      ]),
      createGraph('bounce and complaint rates of all emails', [bounces, complaints]),
      createGraph('SMS: spent of the monthly limit, %', [smsSpend]),
    ],
  };
};

/** A rate of the whole account, from 0 to 1, by which SES decides whether to suspend sending. */
const createReputationMetric = (name: 'BounceRate' | 'ComplaintRate') =>
  new Metric({
    namespace: 'AWS/SES',
    metricName: `Reputation.${name}`,
    statistic: Stats.MAXIMUM,
    period: Duration.hours(1),
  });
