import { patientApi } from '@medbook/contract/routes/patient-api';
import { accountHandlers } from '../accounts/patient-handlers.ts';
import { connectUserPool } from '../accounts/user-pool.ts';
import { appointmentHandlers } from '../appointments/patient-handlers.ts';
import { createFreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { connectQueue, createEnqueueNotifications } from '../notifications/notification-queue.ts';
import { unsubscribeHandlers } from '../notifications/unsubscribe-handlers.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/database.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { createRateLimitMiddleware } from '../shared/http/rate-limit-middleware.ts';
import { createTrace } from '../shared/trace.ts';
import { patientApiEnv } from './patient-api.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = patientApiEnv.parse(process.env);
const cache = connectCache(env, { trace });

export const handler = httpHandler({
  routes: patientApi,
  handlers: { ...accountHandlers, ...appointmentHandlers, ...unsubscribeHandlers },
  deps: {
    index: createFreeSlotIndex(cache),
    enqueueNotifications: createEnqueueNotifications(connectQueue(env.NOTIFICATION_QUEUE_URL)),
    db: connectDatabase(env, { queryTimeoutSeconds: 9, trace }),
    userPool: connectUserPool(env.PATIENT_POOL_ID),
    bookingsPerMinute: env.BOOKINGS_PER_MINUTE || undefined,
  },
  userPoolIds: { patients: env.PATIENT_POOL_ID, staff: env.STAFF_POOL_ID },
  corsOrigins: env.CORS_ORIGINS,
  rateLimit: createRateLimitMiddleware({ cache, requests: env.REQUESTS_PER_15_MINUTES }),
});
