import * as z from 'zod';
import { databaseEnv, httpEnv, rateLimitEnv } from '../shared/env.ts';

/** Lets doctors and admins manage clinics, doctors and schedules. */
export const staffApiEnv = z.object({ ...databaseEnv, ...httpEnv, ...rateLimitEnv, USER_POOL_ID: z.string().min(1) });
export type StaffApiEnv = z.input<typeof staffApiEnv>;
