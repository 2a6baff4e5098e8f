import * as z from 'zod';
import type { RouteAccess } from '../shared/access.ts';
import { databaseEnv, httpEnv } from '../shared/env.ts';

/** Accounts and appointments: what patients do, and staff on their behalf. */
export const patientApiRoutes = {
  'GET /me': 'signed-in',
  'PATCH /me': ['patient', 'doctor'],
  'POST /appointments': ['patient', 'doctor', 'admin'],
  'GET /appointments': ['patient', 'doctor', 'admin'],
  'GET /appointments/{appointmentId}': ['patient', 'doctor', 'admin'],
  'POST /appointments/{appointmentId}/cancel': ['patient', 'admin'],
} as const satisfies RouteAccess;

export const patientApiEnv = z.object({ ...databaseEnv, ...httpEnv, USER_POOL_ID: z.string().min(1) });
export type PatientApiEnv = z.input<typeof patientApiEnv>;
