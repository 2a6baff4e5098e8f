import { it, vi } from 'vitest';
import { runNotificationKillRounds } from '../support/kills/notification-kill-rounds.ts';
import { runNotificationStress } from '../support/notifications/notification-stress.ts';
import { runReminderStress } from '../support/notifications/reminder-stress.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

const seed = Number(process.env.STORM_SEED ?? 20_300_304);
const SPRING = new Date('2030-03-29T00:00:00Z');

it.each([0, 1, 2, 3])(
  'each recipient is notified once, although messages arrive late, in any order and up to five times: run %i',
  async (run) => {
    await runNotificationStress({ patients: 120, days: 5, roundsPerDay: 60, seed: seed + run });
  },
);

it('each recipient is notified once after a function is killed between a booking and its messages, 240 times', async () => {
  await runNotificationKillRounds({ perPoint: 12, seed });
});

it('each reminder of 10,000 appointments is sent once, although the job runs late, twice or not at all while clocks change', async () => {
  await runReminderStress({ appointments: 10_000, from: SPRING, days: 12, everyMinutes: 5, seed });
});
