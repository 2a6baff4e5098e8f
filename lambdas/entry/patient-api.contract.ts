import * as z from 'zod';
import type { RouteAccess } from '../shared/access.ts';
import { databaseEnv, httpEnv, limitEnv } from '../shared/env.ts';

/** Accounts and appointments: what patients do, and staff on their behalf. */
export const patientApiRoutes = {
  'GET /me': 'signed-in',
  'PATCH /me': ['patient', 'doctor'],
  'POST /appointments': ['patient', 'doctor', 'admin'],
  'GET /appointments': ['patient', 'doctor', 'admin'],
  'GET /appointments/{appointmentId}': ['patient', 'doctor', 'admin'],
  'GET /appointments/{appointmentId}/calendar.ics': ['patient', 'doctor', 'admin'],
  'POST /appointments/{appointmentId}/confirm': ['patient', 'admin'],
  'POST /appointments/{appointmentId}/renew': ['patient', 'admin'],
  'POST /appointments/{appointmentId}/cancel': ['patient', 'admin'],
  'POST /appointments/{appointmentId}/reschedule': ['patient', 'admin'],
  'POST /appointments/{appointmentId}/complete': ['doctor', 'admin'],
  'POST /appointments/{appointmentId}/no-show': ['doctor', 'admin'],
  'GET /unsubscribe': 'public',
  'POST /unsubscribe': 'public',
} as const satisfies RouteAccess;

export const patientApiEnv = z.object({
  ...databaseEnv,
  ...httpEnv,
  ...limitEnv,
  USER_POOL_ID: z.string().min(1),
  NOTIFICATION_QUEUE_URL: z.url(),
  /** How often a user may try to book; 0: as often as they like. */
  BOOKINGS_PER_MINUTE: z.string().regex(/^\d+$/),
});
export type PatientApiEnv = z.input<typeof patientApiEnv>;
