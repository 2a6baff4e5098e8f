import * as z from 'zod';
import { cacheEnv, databaseEnv } from '../shared/env.ts';

/** Every minute: tells the index of free slots and the notifier what they were not told at once. */
export const outboxRelayEnv = z.object({ ...databaseEnv, ...cacheEnv, NOTIFICATION_QUEUE_URL: z.url() });
export type OutboxRelayEnv = z.input<typeof outboxRelayEnv>;
