import type { MetricName } from '../../lambdas/shared/metrics.contract.ts';

/** AWS's own number of hours in a month. */
export const HOURS_PER_MONTH = 730;
export const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;

/** The monthly cost of the design in the requirements: 5 t3.medium (150), db.r5.large with 2 replicas (400), cache.r5.large (150), a load balancer (25), 1 TB of transfer (50). */
export const CLASSIC_DESIGN_DOLLARS = 775;

/**
 * What one booking causes. Nothing was measured on a bill: these are assumptions, each with its reason. The
 * number of requests matters most.
 */
export const PER_BOOKING = {
  /** A patient looks at clinics, doctors and free times on several days, books, and looks at the appointment later; staff list the day. */
  requests: 20,
  /** A read of the index or of a few rows, as measured locally, with some time for the network. */
  requestSeconds: 0.05,
  /** A booking commits, updates the index and enqueues. */
  bookingSeconds: 0.1,
  /** JSON of a page of free times, compressed, with headers. */
  responseBytes: 3_000,
  /** To the patient, the doctor and the clinic, and a reminder. */
  emails: 4,
  /** One patient in twenty chose SMS, and receives a confirmation and a reminder. */
  smsMessages: 0.1,
  /** Rendering and a call of the provider. At low load each message is a batch of its own. */
  notifierSeconds: 0.2,
  /** Enqueue, receive and delete for each message, with some batches. */
  queueRequests: 10,
  /** Pages that are written for the rows, their indexes and the log of changes. Reads come from memory. */
  databaseIo: 10,
  /**
   * The rows that stay, with indexes, for a year: appointment, claim, slot and audit row have 2.6 KB (measured), and
   * four notifications about as much. The rest is for slots that are never booked.
   */
  databaseBytes: 6_000 * 12,
  /** Patients who sign in during a month: some book twice, and staff book for others. */
  patients: 0.5,
  /** 300 appointments a month for each doctor, and a receptionist for two doctors. */
  staff: 0.005,
} as const;

/** Bytes that CloudWatch bills for each event besides its text. Not found in AWS's documents. */
const EVENT_BYTES = 26;
/** Bytes of log. Our line is measured, the others are built from the fields that AWS documents. */
export const LOG_BYTES = {
  /** API Gateway's access log, for each request. */
  accessLog: 330 + EVENT_BYTES,
  /** Our line `request`, for each request. */
  request: 300 + EVENT_BYTES,
  /** Lambda's lines about the start and the end of each invocation. */
  lambda: 260 + 390 + 2 * EVENT_BYTES,
  /** Metrics or an event of ours, for each run of a job or of the notifier. */
  run: 500 + EVENT_BYTES,
} as const;
/** CloudWatch bills stored logs by their compressed size. Not found in AWS's documents: compare with the first bill. */
export const LOG_COMPRESSION = 0.15;

/** A run of a job that finds nothing to do: a few statements. */
export const JOB_SECONDS = 0.15;
/** Lambda reads a queue with five long polls of 20 seconds at a time, also while it is empty. */
export const IDLE_POLLS_PER_HOUR = (5 * 3600) / 20;
/** RDS writes the metrics of an instance's operating system to the logs: 0.27 GB a month at one sample a minute. */
export const OS_METRICS_GIGABYTES = 0.27;
/** Records of the connections of jobs, database and cache, each every ten minutes. */
export const FLOW_LOG_GIGABYTES = 0.1;
/** An empty database with its system tables and indexes, and a few clinics. */
export const DATABASE_GIGABYTES = 1;
/** A database that pauses runs while people work: 8 hours on 22 days. */
export const AWAKE_HOURS = 8 * 22;
/** A job starts it, and it pauses 5 minutes after the last connection. */
export const AWAKE_HOURS_PER_JOB = 0.1;
/** The least capacity of a database that is not paused. */
export const AWAKE_CAPACITY = 0.5;
/** RDS Proxy bills at least this many capacity units. */
export const PROXY_MINIMUM_CAPACITY = 8;

const DAILY = 30 / HOURS_PER_MONTH;
/** The share of a month in which a metric has data without requests: it is billed for the hours with data. */
export const METRIC_SHARES_AT_REST: Readonly<Record<MetricName, number>> = {
  // Of jobs that run each hour or more often.
  UnindexedSeconds: 1,
  UnpublishedSeconds: 1,
  UnsentSeconds: 1,
  RemindersPlanned: 1,
  SlotsChecked: 1,
  DivergentSlotsRepaired: 1,
  DaysUnsynced: 1,
  IndexDivergence: 1,
  BackupAgeSeconds: 1,
  UrgentConflicts: 1,
  SlotsFree: DAILY,
  SlotsTaken: DAILY,
  TimeZonesDiffering: DAILY,
  // Of requests and messages.
  BookingAttempts: 0,
  BookingsMade: 0,
  BookingFailures: 0,
  ContendedTries: 0,
  AnyDoctorFallThroughs: 0,
  Conflicts: 0,
  ServerErrors: 0,
  TooManyRequests: 0,
  CacheFailures: 0,
  NotificationsSent: 0,
  NotificationsSuppressed: 0,
  NotificationsPostponed: 0,
  NotificationsFailed: 0,
  NotificationsUnknown: 0,
  NotificationsDead: 0,
  AddressesBlocked: 0,
};
