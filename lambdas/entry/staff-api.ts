import { connectUserPool } from '../accounts/user-pool.ts';
import { freeIndexOn } from '../availability/index/free-index.ts';
import { staffClinicRoutes } from '../clinics/staff-routes.ts';
import { staffDoctorRoutes } from '../doctors/staff-routes.ts';
import { scheduleRoutes } from '../schedules/staff-routes.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/db.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { limitRequests } from '../shared/http/rate-limit.ts';
import { traceTo } from '../shared/trace.ts';
import { staffApiEnv, staffApiRoutes } from './staff-api.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = staffApiEnv.parse(process.env);
const cache = connectCache(env, { trace });

export const handler = httpHandler({
  access: staffApiRoutes,
  routes: { ...staffClinicRoutes, ...staffDoctorRoutes, ...scheduleRoutes },
  deps: {
    index: freeIndexOn(cache),
    db: connectDatabase(env, { queryTimeoutSeconds: 21, trace }),
    userPool: connectUserPool(env.USER_POOL_ID),
  },
  corsOrigins: env.CORS_ORIGINS,
  limit: limitRequests({ cache, requests: Number(env.REQUESTS_PER_15_MINUTES) }),
});
