import { Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { ExpireHoldsEnv } from '../../../lambdas/entry/expire-holds.contract.ts';
import type { GenerateSlotsEnv } from '../../../lambdas/entry/generate-slots.contract.ts';
import type { HousekeepingEnv } from '../../../lambdas/entry/housekeeping.contract.ts';
import type { OutboxRelayEnv } from '../../../lambdas/entry/outbox-relay.contract.ts';
import type { RemindersEnv } from '../../../lambdas/entry/reminders.contract.ts';
import type { ResyncIndexEnv } from '../../../lambdas/entry/resync-index.contract.ts';
import type { StageConfig } from '../../config/stages.ts';
import type { Cache } from '../cache/cache.ts';
import type { Database } from '../data/database.ts';
import type { Notifications } from '../messaging/notifications.ts';
import type { Network } from '../network/network.ts';
import { ScheduledJob } from './scheduled-job.ts';

interface ScheduledJobsProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
  readonly cache: Cache;
  readonly notifications: Notifications;
}

/** Adds all scheduled jobs. Each one acts on the present state, so a late, repeated or skipped run does no harm. */
export function addScheduledJobs(
  scope: Construct,
  { config, network, database, cache, notifications }: ScheduledJobsProps,
): void {
  // The jobs spend most of their time waiting for the database, so a small CPU share is enough.
  const sharedProps = { config, network, memorySize: 512 };

  const generateSlots = new ScheduledJob<GenerateSlotsEnv>(scope, 'GenerateSlots', {
    ...sharedProps,
    entry: 'generate-slots',
    environment: {},
    timeout: Duration.minutes(5),
    schedule: createSchedule(config, Duration.days(1)),
  });
  database.connect(generateSlots.job.function, 'generate_slots');
  cache.connect(generateSlots.job.function, 'generate-slots');

  const expireHolds = new ScheduledJob<ExpireHoldsEnv>(scope, 'ExpireHolds', {
    ...sharedProps,
    entry: 'expire-holds',
    environment: {},
    timeout: Duration.seconds(50),
    schedule: createSchedule(config, Duration.minutes(1)),
  });
  database.connect(expireHolds.job.function, 'expire_holds');
  cache.connect(expireHolds.job.function, 'expire-holds');

  const outboxRelay = new ScheduledJob<OutboxRelayEnv>(scope, 'OutboxRelay', {
    ...sharedProps,
    entry: 'outbox-relay',
    environment: notifications.environment,
    timeout: Duration.seconds(50),
    schedule: createSchedule(config, Duration.minutes(1)),
  });
  database.connect(outboxRelay.job.function, 'outbox_relay');
  cache.connect(outboxRelay.job.function, 'outbox-relay');
  notifications.grantEnqueue(outboxRelay.job);

  const reminders = new ScheduledJob<RemindersEnv>(scope, 'Reminders', {
    ...sharedProps,
    entry: 'reminders',
    environment: {},
    timeout: Duration.seconds(50),
    schedule: createSchedule(config, Duration.minutes(5)),
  });
  database.connect(reminders.job.function, 'reminders');

  const resyncIndex = new ScheduledJob<ResyncIndexEnv>(scope, 'ResyncIndex', {
    ...sharedProps,
    entry: 'resync-index',
    environment: { INDEX_FRESH_SECONDS: getIndexFreshSeconds(config) },
    timeout: Duration.minutes(10),
    schedule: createSchedule(config, config.indexSyncInterval),
  });
  database.connect(resyncIndex.job.function, 'resync_index');
  cache.connect(resyncIndex.job.function, 'resync-index');

  const housekeeping = new ScheduledJob<HousekeepingEnv>(scope, 'Housekeeping', {
    ...sharedProps,
    entry: 'housekeeping',
    environment: {},
    timeout: Duration.minutes(5),
    schedule: createSchedule(config, Duration.days(1)),
  });
  database.connect(housekeeping.job.function, 'housekeeping');
}

/** Returns the schedule of a job: each interval or, for hourly jobs, at the beginning of an hour that all of them share. */
function createSchedule({ hourlyJobs }: StageConfig, interval: Duration): ScheduleExpression {
  if (!hourlyJobs) return ScheduleExpression.rate(interval);
  // The night of the Americas and of Europe, for the jobs of a day.
  return ScheduleExpression.cron({ minute: '0', ...(interval.toHours({ integral: false }) > 1 && { hour: '7' }) });
}

/** Returns how often the index is synced. */
const getSyncInterval = ({ hourlyJobs, indexSyncInterval }: StageConfig) =>
  hourlyJobs ? Duration.hours(1) : indexSyncInterval;

/**
 * Returns for how many seconds after its last sync a day of the index is used: three intervals, so that two syncs may
 * fail.
 */
export const getIndexFreshSeconds = (config: StageConfig): string => String(3 * getSyncInterval(config).toSeconds());
