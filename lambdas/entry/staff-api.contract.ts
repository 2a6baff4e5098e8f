import * as z from 'zod';
import type { RouteAccess } from '../shared/access.ts';
import { databaseEnv, httpEnv, limitEnv } from '../shared/env.ts';

/** How doctors and admins manage clinics, doctors and schedules. */
export const staffApiRoutes = {
  'POST /clinics': ['admin'],
  'POST /clinics/{clinicId}/doctors': ['admin'],
  'GET /doctors/{doctorId}/availability': ['doctor', 'admin'],
  'POST /doctors/{doctorId}/availability': ['doctor', 'admin'],
  'GET /doctors/{doctorId}/schedule': ['doctor', 'admin'],
} as const satisfies RouteAccess;

export const staffApiEnv = z.object({ ...databaseEnv, ...httpEnv, ...limitEnv, USER_POOL_ID: z.string().min(1) });
export type StaffApiEnv = z.input<typeof staffApiEnv>;
