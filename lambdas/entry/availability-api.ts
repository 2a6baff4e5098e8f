import { availabilityApi } from '@medbook/contract/routes/availability-api';
import { createFreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { createIndexedFreeTimes } from '../availability/indexed-free-times.ts';
import { availabilityHandlers } from '../availability/public-handlers.ts';
import { publicClinicHandlers } from '../clinics/public-handlers.ts';
import { publicDoctorHandlers } from '../doctors/public-handlers.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/database.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { createRateLimitMiddleware } from '../shared/http/rate-limit-middleware.ts';
import { createTrace } from '../shared/trace.ts';
import { availabilityApiEnv } from './availability-api.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = availabilityApiEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 6, trace });
const cache = connectCache(env, { trace });
const index = createFreeSlotIndex(cache, { freshSeconds: env.INDEX_FRESH_SECONDS });

export const handler = httpHandler({
  routes: availabilityApi,
  handlers: { ...publicClinicHandlers, ...publicDoctorHandlers, ...availabilityHandlers },
  deps: { db, indexedFreeTimes: createIndexedFreeTimes({ db, index }) },
  corsOrigins: env.CORS_ORIGINS,
  rateLimit: createRateLimitMiddleware({ cache, requests: env.REQUESTS_PER_15_MINUTES }),
});
