import { it, vi } from 'vitest';
import { killNotifying } from '../support/notification-kills.ts';
import { liveThroughStorm } from '../support/notification-storm.ts';
import { remindThrough } from '../support/reminder-storm.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED ??= 'true';
});

it('messages that come up to five times, late and in any order tell everybody once', async () => {
  await liveThroughStorm({ patients: 25, days: 3, roundsPerDay: 25, seed: 1 });
});

it('whichever function is killed between a booking and its messages, everybody is told once', async () => {
  await killNotifying({ perPoint: 1, seed: 1 });
});

it('whenever the job of reminders runs, everybody is reminded once, also when the clocks change', async () => {
  await remindThrough({
    appointments: 300,
    from: new Date('2030-10-25T00:00:00Z'),
    days: 4,
    everyMinutes: 30,
    seed: 1,
  });
});
