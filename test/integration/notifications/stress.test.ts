import { it, vi } from 'vitest';
import { runNotificationKillRounds } from '../../support/kills/notification-kill-rounds.ts';
import { runNotificationStress } from '../../support/notifications/notification-stress.ts';
import { runReminderStress } from '../../support/notifications/reminder-stress.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

it('each recipient is notified once although messages are delivered up to five times, late and in any order', async () => {
  await runNotificationStress({ patients: 12, days: 2, roundsPerDay: 20, seed: 1 });
});

it('each recipient is notified once although functions are killed between a booking and its messages', async () => {
  await runNotificationKillRounds({ perPoint: 1, everyNthPoint: 3, seed: 1 });
});

it('each patient is reminded once although the job runs late or not at all, and daylight saving time ends', async () => {
  await runReminderStress({
    appointments: 60,
    from: new Date('2030-10-25T00:00:00Z'),
    days: 3,
    everyMinutes: 30,
    seed: 1,
  });
});
