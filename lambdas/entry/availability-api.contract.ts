import * as z from 'zod';
import type { RouteAccess } from '../shared/access.ts';
import { databaseEnv, httpEnv, limitEnv } from '../shared/env.ts';

/** What everybody may read: clinics, doctors and their free times. */
export const availabilityApiRoutes = {
  'GET /clinics': 'public',
  'GET /clinics/{clinicId}': 'public',
  'GET /specializations': 'public',
  'GET /doctors': 'public',
  'GET /doctors/{doctorId}': 'public',
  'GET /doctors/{doctorId}/slots': 'public',
  'GET /availability': 'public',
  'GET /availability/next': 'public',
  'GET /slots': 'public',
} as const satisfies RouteAccess;

export const availabilityApiEnv = z.object({
  ...databaseEnv,
  ...httpEnv,
  ...limitEnv,
  /** For how long after its last sync the index of free slots answers for a day. */
  INDEX_FRESH_SECONDS: z.string().regex(/^\d+$/),
});
export type AvailabilityApiEnv = z.input<typeof availabilityApiEnv>;
