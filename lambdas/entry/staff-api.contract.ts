import * as z from 'zod';
import { databaseEnv, httpEnv, rateLimitEnv, userPoolsEnv } from '../shared/env.ts';

/** Lets doctors and admins manage clinics, doctors and schedules. */
export const staffApiEnv = z.object({ ...databaseEnv, ...httpEnv, ...rateLimitEnv, ...userPoolsEnv });
export type StaffApiEnv = z.input<typeof staffApiEnv>;
