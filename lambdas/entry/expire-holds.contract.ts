import * as z from 'zod';
import { cacheEnv, databaseEnv } from '../shared/env.ts';

/** Runs every minute and expires overdue holds, so that the index is updated and patients are notified. Bookings do not depend on it. */
export const expireHoldsEnv = z.object({ ...databaseEnv, ...cacheEnv });
export type ExpireHoldsEnv = z.input<typeof expireHoldsEnv>;
