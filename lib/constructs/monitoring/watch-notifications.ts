import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Notifications } from '../notifications.ts';
import { graph } from './graph.ts';
import { counter } from './watch-bookings.ts';
import type { Watcher } from './watched.ts';

/** Whether people are told, and whether they want to be: by our own counts, by the account's reputation with SES, and by what SMS cost. */
export const watchNotifications: Watcher = (part, config) => {
  if (!(part instanceof Notifications)) return undefined;
  const count = counter(config);
  const unpublished = count('UnpublishedSeconds', Stats.MAXIMUM);
  const unsent = count('UnsentSeconds', Stats.MAXIMUM);
  const unknown = count('NotificationsUnknown');
  const failed = count('NotificationsFailed');
  const sent = count('NotificationsSent');
  const bounces = reputation('BounceRate');
  const complaints = reputation('ComplaintRate');
  const spent = new MathExpression({
    expression: `100 * spent / ${config.smsMonthlyLimit}`,
    usingMetrics: {
      spent: new Metric({ namespace: 'AWS/SNS', metricName: 'SMSMonthToDateSpentUSD', statistic: Stats.MAXIMUM }),
    },
    label: 'of the limit, %',
    period: Duration.hours(1),
  });
  return {
    alarms: [
      ['Outbox behind', unpublished],
      ['Notifications late', unsent],
      ['Failed notifications', failed],
      ['Unknown deliveries', unknown],
      ['Mail bounces', bounces],
      ['Mail complaints', complaints],
      ['SMS spend', spent],
    ],
    widgets: [
      graph('sent, suppressed, postponed', [sent, count('NotificationsSuppressed'), count('NotificationsPostponed')]),
      graph('failed, dead, unknown', [failed, count('NotificationsDead'), unknown]),
      graph('seconds behind: changes without notifications, notifications that wait', [unpublished, unsent]),
      graph('reminders planned, addresses blocked', [count('RemindersPlanned'), count('AddressesBlocked')]),
      graph('bounces and complaints, of all mails', [bounces, complaints]),
      graph('SMS: spent of the month, %', [spent]),
    ],
  };
};

/** Of the whole account, from 0 to 1, as SES itself counts before it stops somebody from sending. */
const reputation = (name: 'BounceRate' | 'ComplaintRate') =>
  new Metric({
    namespace: 'AWS/SES',
    metricName: `Reputation.${name}`,
    statistic: Stats.MAXIMUM,
    period: Duration.hours(1),
  });
