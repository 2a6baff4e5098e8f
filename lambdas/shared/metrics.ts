import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** All that is counted. The numbers have one dimension, the stage (`service`), and say nothing about anybody. */
export const METRICS = [
  /** Commands that asked the database for a booking, repeats by the same key among them. */
  'BookingAttempts',
  'BookingsMade',
  /** Attempts that ended by our fault: not refused, but failed. */
  'BookingFailures',
  /** Tries again because a rival had the time locked. */
  'ContendedTries',
  /** Doctors whom rivals had locked, passed over by a booking with any doctor. */
  'AnyDoctorFallThroughs',
  /** Answers with 409, of every route. */
  'Conflicts',
  /** Answers with 429 by the functions; those of API Gateway and the WAF are not among them. */
  'TooManyRequests',
  /** Times that a request wanted the cache and did without: no answer, no connection, or a refusal. Pauses after them do not count. */
  'CacheFailures',
  /** For how long the oldest change has been waiting for the index of free slots. */
  'UnindexedSeconds',
  /** Of the syncs of the index: slots that were compared, and those of which it knew an older state. */
  'SlotsChecked',
  'DivergentSlotsRepaired',
  /** Days that the index does not answer for after a sync: it had no time, or no cache, to get to them. */
  'DaysUnsynced',
  /** Slots of a few days at random that were free in the index or the database alone, and stayed so. */
  'IndexDivergence',
  /** What became of notifications when they were tried: each of these once a try. */
  'NotificationsSent',
  /** No longer true, or wanted by nobody. */
  'NotificationsSuppressed',
  /** The provider took nothing at that time. */
  'NotificationsPostponed',
  /** The provider refused this one, or it could not be written. */
  'NotificationsFailed',
  /** Nobody can tell whether the provider has taken it. */
  'NotificationsUnknown',
  /** Failed for the fifth time: not tried again. */
  'NotificationsDead',
  'RemindersPlanned',
  /** E-mail addresses to which nothing is sent any more. */
  'AddressesBlocked',
  /** For how long the oldest change has had no notifications. */
  'UnpublishedSeconds',
  /** For how long the oldest notification ought to have been sent: since it was due, or the provider first took nothing. */
  'UnsentSeconds',
  /** Slots of the next days, once a day. */
  'SlotsFree',
  'SlotsTaken',
] as const;
/** The name of something that is counted. */
export type MetricName = (typeof METRICS)[number];

// The stage comes from POWERTOOLS_SERVICE_NAME.
const metrics = new Metrics({ namespace: 'MedBook' });

/** Counts something, in memory until `publishMetrics`. */
export function count(name: MetricName, value = 1): void {
  metrics.addMetric(name, MetricUnit.Count, value);
}

/** Writes what was counted as one line of the log, of which CloudWatch makes metrics: the request waits for nothing. */
export function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
