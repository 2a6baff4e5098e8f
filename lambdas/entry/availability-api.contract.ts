import * as z from 'zod';
import { databaseEnv, httpEnv, rateLimitEnv, wholeNumber } from '../shared/env.ts';

/** Lets everyone read clinics, doctors and their free times. */
export const availabilityApiEnv = z.object({
  ...databaseEnv,
  ...httpEnv,
  ...rateLimitEnv,
  /** How many seconds after its last sync the index may still serve a day. */
  INDEX_FRESH_SECONDS: wholeNumber,
});
export type AvailabilityApiEnv = z.input<typeof availabilityApiEnv>;
