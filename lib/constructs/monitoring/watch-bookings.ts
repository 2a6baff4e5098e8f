import { Duration } from 'aws-cdk-lib';
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../../config/stages.ts';
import { graph, percentOf } from './graph.ts';
import type { Watcher } from './watched.ts';

/** What the functions count, by the names of lambdas/shared/metrics.ts. */
export const BUSINESS_METRICS = [
  'BookingAttempts',
  'BookingsMade',
  'BookingFailures',
  'ContendedTries',
  'AnyDoctorFallThroughs',
  'Conflicts',
  'TooManyRequests',
  'CacheFailures',
  'UnindexedSeconds',
  'SlotsChecked',
  'DivergentSlotsRepaired',
  'DaysUnsynced',
  'IndexDivergence',
  'NotificationsSent',
  'NotificationsSuppressed',
  'NotificationsPostponed',
  'NotificationsFailed',
  'NotificationsUnknown',
  'NotificationsDead',
  'RemindersPlanned',
  'AddressesBlocked',
  'UnpublishedSeconds',
  'UnsentSeconds',
  'SlotsFree',
  'SlotsTaken',
] as const;
/** The name of one of them. */
export type BusinessMetric = (typeof BUSINESS_METRICS)[number];

/** What the functions call themselves in their metrics: the only dimension. */
export const serviceName = ({ stage }: StageConfig): string => `MedBook-${stage}`;

/** Makes metrics of what the functions of a stage count. */
export function counter(config: StageConfig) {
  return (metricName: BusinessMetric, statistic: string = Stats.SUM, period = Duration.minutes(5)): Metric =>
    new Metric({
      namespace: 'MedBook',
      metricName,
      dimensionsMap: { service: serviceName(config) },
      statistic,
      period,
    });
}

/** The business as the functions count it. It hangs on the API, by which it comes. */
export const watchBookings: Watcher = (part, config) => {
  if (!(part instanceof RestApi)) return undefined;
  const count = counter(config);
  // Once a day, so the newest number of the day is the number.
  const ofTheDay = (metricName: BusinessMetric) => count(metricName, Stats.MAXIMUM, Duration.days(1));

  const minute = Duration.minutes(1);
  const made = count('BookingsMade');
  const attempts = count('BookingAttempts');
  const conflicts = count('Conflicts');
  const tooMany = count('TooManyRequests');
  const cacheFailures = count('CacheFailures');
  const unindexed = count('UnindexedSeconds', Stats.MAXIMUM);
  const unsynced = count('DaysUnsynced');
  const divergence = count('IndexDivergence');
  return {
    alarms: [
      ['Booking failures', percentOf(count('BookingFailures'), attempts, 'failed by our fault, %')],
      ['Unusual conflicts', percentOf(conflicts, attempts, 'answered 409, %', 20)],
      [
        'Unusual refusals for haste',
        percentOf(tooMany, part.metricCount({ statistic: Stats.SUM }), 'answered 429, %', 100),
      ],
      ['Cache failures', cacheFailures],
      ['Index behind', unindexed],
      ['Index not synced', unsynced],
      ['Index divergence', divergence],
    ],
    widgets: [
      graph('bookings a minute', [made.with({ period: minute }), attempts.with({ period: minute })]),
      graph('bookings that succeed, %', [percentOf(made, attempts, 'booked, %')]),
      graph('answered 409 and 429, tried again', [conflicts, tooMany, count('ContendedTries')]),
      graph('requests that wanted the cache and did without', [cacheFailures]),
      graph('index: seconds behind', [unindexed]),
      graph('index: days that it does not answer for after a sync', [unsynced]),
      graph('index: slots repaired, and wrong in a sample', [count('DivergentSlotsRepaired'), divergence]),
      graph('doctors passed over by bookings with any doctor', [count('AnyDoctorFallThroughs')]),
      graph('slots of the next 7 days', [ofTheDay('SlotsFree'), ofTheDay('SlotsTaken')]),
      graph('utilization of the next 7 days, %', [
        new MathExpression({
          expression: '100 * taken / (taken + free)',
          usingMetrics: { taken: ofTheDay('SlotsTaken'), free: ofTheDay('SlotsFree') },
          label: 'taken, %',
          period: Duration.days(1),
        }),
      ]),
    ],
  };
};
