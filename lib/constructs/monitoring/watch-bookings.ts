import { Duration } from 'aws-cdk-lib';
import { SpecRestApi } from 'aws-cdk-lib/aws-apigateway';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '../../../lambdas/shared/metrics.contract.ts';
import { createMetricFactory } from './function-metrics.ts';
import { createGraph, createPercentage } from './graphs.ts';
import type { Watcher } from './watcher.ts';

/** Watches the business metrics of the functions, except notifications. Their alarms belong to the API. */
export const watchBookings: Watcher = (part, config) => {
  if (!(part instanceof SpecRestApi)) return undefined;
  const createMetric = createMetricFactory(config);
  // Published once a day.
  const createDailyMetric = (metricName: MetricName) => createMetric(metricName, Stats.MAXIMUM, Duration.days(1));

  const oneMinute = Duration.minutes(1);
  const bookings = createMetric('BookingsMade');
  const attempts = createMetric('BookingAttempts');
  const conflicts = createMetric('Conflicts');
  const tooManyRequests = createMetric('TooManyRequests');
  const cacheFailures = createMetric('CacheFailures');
  const indexLag = createMetric('UnindexedSeconds', Stats.MAXIMUM);
  const unsyncedDays = createMetric('DaysUnsynced');
  const divergence = createMetric('IndexDivergence');
  const urgentConflicts = createMetric('UrgentConflicts', Stats.MAXIMUM);
  const differingZones = createDailyMetric('TimeZonesDiffering');
  return {
    alarms: [
      ['Booking failures', createPercentage(createMetric('BookingFailures'), attempts, 'failed, %')],
      ['High 409 rate', createPercentage(conflicts, attempts, '409 responses, %', 20)],
      [
        'High 429 rate',
        createPercentage(tooManyRequests, part.metricCount({ statistic: Stats.SUM }), '429 responses, %', 100),
      ],
      ['Cache failures', cacheFailures],
      ['Index lag', indexLag],
      ['Index not synced', unsyncedDays],
      ['Index divergence', divergence],
      ['Urgent conflicts', urgentConflicts],
      ['Time zone data', differingZones],
    ],
    widgets: [
      createGraph('bookings a minute', [bookings.with({ period: oneMinute }), attempts.with({ period: oneMinute })]),
      createGraph('bookings that succeed, %', [createPercentage(bookings, attempts, 'booked, %')]),
      createGraph('409 responses, 429 responses, retries', [
        conflicts,
        tooManyRequests,
        createMetric('ContendedTries'),
      ]),
      createGraph('requests that could not use the cache', [cacheFailures]),
      createGraph('index: seconds behind', [indexLag]),
      createGraph('index: days not covered after a sync', [unsyncedDays]),
      createGraph('index: slots repaired, divergent slots in a sample', [
        createMetric('DivergentSlotsRepaired'),
        divergence,
      ]),
      createGraph('doctors skipped by any-doctor bookings', [createMetric('AnyDoctorFallThroughs')]),
      createGraph('urgent conflicts', [urgentConflicts]),
      createGraph('time zones with different data', [differingZones]),
      createGraph('slots of the next 7 days', [createDailyMetric('SlotsFree'), createDailyMetric('SlotsTaken')]),
      createGraph('utilization of the next 7 days, %', [
        new MathExpression({
          expression: '100 * taken / (taken + free)',
          usingMetrics: { taken: createDailyMetric('SlotsTaken'), free: createDailyMetric('SlotsFree') },
          label: 'taken, %',
          period: Duration.days(1),
        }),
      ]),
    ],
  };
};
