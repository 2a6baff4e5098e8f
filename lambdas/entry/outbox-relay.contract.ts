import * as z from 'zod';
import { cacheEnv, databaseEnv } from '../shared/env.ts';

/** Every minute: tells the index of free slots what it was not told at once. */
export const outboxRelayEnv = z.object({ ...databaseEnv, ...cacheEnv });
export type OutboxRelayEnv = z.input<typeof outboxRelayEnv>;
