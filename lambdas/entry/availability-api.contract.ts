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
  'GET /slots': 'public',
} as const satisfies RouteAccess;

export const availabilityApiEnv = z.object({ ...databaseEnv, ...httpEnv, ...limitEnv });
export type AvailabilityApiEnv = z.input<typeof availabilityApiEnv>;
