import { staffApi } from '@medbook/contract/routes/staff-api';
import { connectUserPool } from '../accounts/user-pool.ts';
import { createFreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { staffClinicHandlers } from '../clinics/staff-handlers.ts';
import { staffDoctorHandlers } from '../doctors/staff-handlers.ts';
import { exceptionHandlers } from '../schedules/exception-handlers.ts';
import { scheduleHandlers } from '../schedules/staff-handlers.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/database.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { createRateLimitMiddleware } from '../shared/http/rate-limit-middleware.ts';
import { createTrace } from '../shared/trace.ts';
import { staffApiEnv } from './staff-api.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = staffApiEnv.parse(process.env);
const cache = connectCache(env, { trace });

export const handler = httpHandler({
  routes: staffApi,
  handlers: { ...staffClinicHandlers, ...staffDoctorHandlers, ...scheduleHandlers, ...exceptionHandlers },
  deps: {
    index: createFreeSlotIndex(cache),
    db: connectDatabase(env, { queryTimeoutSeconds: 21, trace }),
    userPool: connectUserPool(env.STAFF_POOL_ID),
  },
  userPoolIds: { patients: env.PATIENT_POOL_ID, staff: env.STAFF_POOL_ID },
  corsOrigins: env.CORS_ORIGINS,
  rateLimit: createRateLimitMiddleware({ cache, requests: env.REQUESTS_PER_15_MINUTES }),
});
