import * as z from 'zod';
import { cacheEnv, databaseEnv } from '../shared/env.ts';

/** Runs every minute and publishes the changes that have not yet reached the free-slot index or the notification queue. */
export const outboxRelayEnv = z.object({ ...databaseEnv, ...cacheEnv, NOTIFICATION_QUEUE_URL: z.url() });
export type OutboxRelayEnv = z.input<typeof outboxRelayEnv>;
