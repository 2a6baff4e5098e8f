/** The CloudWatch namespace of the metrics. */
export const METRIC_NAMESPACE = 'MedBook';

/** All metrics and their units, for the functions that record them and the alarms that watch them. Their dimension is the stage (`service`), and they contain no personal data. */
export const METRICS = {
  /** Booking requests, including retries with the same idempotency key. */
  BookingAttempts: 'Count',
  BookingsMade: 'Count',
  /** Booking requests that failed with an error. Refusals do not count. */
  BookingFailures: 'Count',
  /** Retries because another transaction had locked the slots. */
  ContendedTries: 'Count',
  /** Doctors that bookings with any doctor skipped because other transactions had locked their slots. */
  AnyDoctorFallThroughs: 'Count',
  /** Responses with status 409, of every route. */
  Conflicts: 'Count',
  /**
   * Responses with a status of 500 or more. It also has the dimensions `FunctionName` and `ExecutedVersion`, as Lambda's
   * own metrics do, to compare versions.
   */
  ServerErrors: 'Count',
  /** Responses with status 429 from the functions, not from API Gateway or the web ACL. */
  TooManyRequests: 'Count',
  /** Failed calls to the cache: no response in time, no connection, or an error. Calls that an open circuit breaker skips do not count. */
  CacheFailures: 'Count',
  /** How many seconds the oldest change has been waiting for the free-slot index. */
  UnindexedSeconds: 'Seconds',
  /** Slots that syncs of the index compared. */
  SlotsChecked: 'Count',
  /** Slots of which the index had another state than the database, corrected by a sync. */
  DivergentSlotsRepaired: 'Count',
  /** Days that the index cannot serve after a sync, because the sync ran out of time or the cache was unavailable. */
  DaysUnsynced: 'Count',
  /** Slots of a few random days that are free only in the index or only in the database, in two checks. */
  IndexDivergence: 'Count',
  /** The outcome of each attempt to send a notification is one of these: sent. */
  NotificationsSent: 'Count',
  /** Not sent, because it is outdated or the recipient does not want it. */
  NotificationsSuppressed: 'Count',
  /** The provider accepted no messages at that time. */
  NotificationsPostponed: 'Count',
  /** The provider rejected this message, or it could not be rendered. */
  NotificationsFailed: 'Count',
  /** It is unknown whether the provider accepted the message. */
  NotificationsUnknown: 'Count',
  /** Failed for the fifth time and not retried. */
  NotificationsDead: 'Count',
  RemindersPlanned: 'Count',
  /** Email addresses that were blocked. */
  AddressesBlocked: 'Count',
  /** How many seconds the oldest change has been waiting for its notifications to be planned. */
  UnpublishedSeconds: 'Seconds',
  /** How many seconds the oldest unsent notification has been overdue: since it was due, or since the provider first postponed it. */
  UnsentSeconds: 'Seconds',
  /** How old the newest snapshot of the database is in the vault in which it is oldest. */
  BackupAgeSeconds: 'Seconds',
  /** Free and taken slots of the next 7 days, recorded once a day. */
  SlotsFree: 'Count',
  SlotsTaken: 'Count',
  /** Booked appointments with an open conflict that start within the notice of their clinic. */
  UrgentConflicts: 'Count',
  /** Time zones of clinics in which PostgreSQL and Node.js have different offsets up to the horizon, recorded once a day. */
  TimeZonesDiffering: 'Count',
} as const satisfies Readonly<Record<string, 'Count' | 'Seconds'>>;
/** The name of a metric. */
export type MetricName = keyof typeof METRICS;
