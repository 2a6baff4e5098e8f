import * as z from 'zod';
import { databaseEnv, httpEnv, rateLimitEnv, userPoolsEnv, wholeNumber } from '../shared/env.ts';

/** Accounts and appointments: for patients, and for staff on their behalf. */
export const patientApiEnv = z.object({
  ...databaseEnv,
  ...httpEnv,
  ...rateLimitEnv,
  ...userPoolsEnv,
  NOTIFICATION_QUEUE_URL: z.url(),
  /** How often a user may try to book in a minute; 0: no limit. */
  BOOKINGS_PER_MINUTE: wholeNumber,
});
export type PatientApiEnv = z.input<typeof patientApiEnv>;
