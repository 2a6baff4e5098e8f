import { Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { ExpireHoldsEnv } from '../../lambdas/entry/expire-holds.contract.ts';
import type { GenerateSlotsEnv } from '../../lambdas/entry/generate-slots.contract.ts';
import type { HousekeepingEnv } from '../../lambdas/entry/housekeeping.contract.ts';
import type { OutboxRelayEnv } from '../../lambdas/entry/outbox-relay.contract.ts';
import type { RemindersEnv } from '../../lambdas/entry/reminders.contract.ts';
import type { ResyncIndexEnv } from '../../lambdas/entry/resync-index.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import type { Cache } from '../constructs/cache.ts';
import type { Database } from '../constructs/database.ts';
import type { Network } from '../constructs/network.ts';
import type { Notifications } from '../constructs/notifications.ts';
import { ScheduledJob } from '../constructs/scheduled-job.ts';

interface JobParts {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
  readonly cache: Cache;
  readonly notifications: Notifications;
}

/** What runs by the clock: each job looks at the state, so that a run which is late, doubled or skipped changes nothing. */
export function addJobs(scope: Construct, { config, network, database, cache, notifications }: JobParts): void {
  // They wait for the database nearly all of their time.
  const shared = { config, network, memorySize: 512 };

  const generateSlots = new ScheduledJob<GenerateSlotsEnv>(scope, 'GenerateSlots', {
    ...shared,
    entry: 'generate-slots',
    environment: { ...database.environment('generate_slots'), ...cache.environment('generate-slots') },
    timeout: Duration.minutes(5),
    schedule: ScheduleExpression.rate(Duration.days(1)),
  });
  database.grantConnect(generateSlots.job.function, 'generate_slots');
  cache.grantConnect(generateSlots.job.function, 'generate-slots');

  const expireHolds = new ScheduledJob<ExpireHoldsEnv>(scope, 'ExpireHolds', {
    ...shared,
    entry: 'expire-holds',
    environment: { ...database.environment('expire_holds'), ...cache.environment('expire-holds') },
    timeout: Duration.seconds(50),
    schedule: ScheduleExpression.rate(Duration.minutes(1)),
  });
  database.grantConnect(expireHolds.job.function, 'expire_holds');
  cache.grantConnect(expireHolds.job.function, 'expire-holds');

  const outboxRelay = new ScheduledJob<OutboxRelayEnv>(scope, 'OutboxRelay', {
    ...shared,
    entry: 'outbox-relay',
    environment: {
      ...database.environment('outbox_relay'),
      ...cache.environment('outbox-relay'),
      ...notifications.environment,
    },
    timeout: Duration.seconds(50),
    schedule: ScheduleExpression.rate(Duration.minutes(1)),
  });
  database.grantConnect(outboxRelay.job.function, 'outbox_relay');
  cache.grantConnect(outboxRelay.job.function, 'outbox-relay');
  notifications.grantTell(outboxRelay.job);

  const reminders = new ScheduledJob<RemindersEnv>(scope, 'Reminders', {
    ...shared,
    entry: 'reminders',
    environment: database.environment('reminders'),
    timeout: Duration.seconds(50),
    schedule: ScheduleExpression.rate(Duration.minutes(5)),
  });
  database.grantConnect(reminders.job.function, 'reminders');

  const resyncIndex = new ScheduledJob<ResyncIndexEnv>(scope, 'ResyncIndex', {
    ...shared,
    entry: 'resync-index',
    environment: {
      ...database.environment('resync_index'),
      ...cache.environment('resync-index'),
      INDEX_FRESH_SECONDS: indexFreshSeconds(config),
    },
    timeout: Duration.minutes(10),
    schedule: ScheduleExpression.rate(config.indexSync),
  });
  database.grantConnect(resyncIndex.job.function, 'resync_index');
  cache.grantConnect(resyncIndex.job.function, 'resync-index');

  const housekeeping = new ScheduledJob<HousekeepingEnv>(scope, 'Housekeeping', {
    ...shared,
    entry: 'housekeeping',
    environment: database.environment('housekeeping'),
    timeout: Duration.minutes(5),
    schedule: ScheduleExpression.rate(Duration.days(1)),
  });
  database.grantConnect(housekeeping.job.function, 'housekeeping');
}

/** For how long after its last sync the index answers for a day: two syncs may fail or be late before the database answers alone. */
export const indexFreshSeconds = ({ indexSync }: StageConfig): string => String(3 * indexSync.toSeconds());
