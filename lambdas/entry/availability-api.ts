import { freeIndexOn } from '../availability/index/free-index.ts';
import { indexedTimes } from '../availability/indexed-times.ts';
import { availabilityRoutes } from '../availability/public-routes.ts';
import { publicClinicRoutes } from '../clinics/public-routes.ts';
import { publicDoctorRoutes } from '../doctors/public-routes.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/db.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { limitRequests } from '../shared/http/rate-limit.ts';
import { traceTo } from '../shared/trace.ts';
import { availabilityApiEnv, availabilityApiRoutes } from './availability-api.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = availabilityApiEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 6, trace });
const cache = connectCache(env, { trace });
const index = freeIndexOn(cache, { freshSeconds: Number(env.INDEX_FRESH_SECONDS) });

export const handler = httpHandler({
  access: availabilityApiRoutes,
  routes: { ...publicClinicRoutes, ...publicDoctorRoutes, ...availabilityRoutes },
  deps: { db, indexed: indexedTimes({ db, index }) },
  corsOrigins: env.CORS_ORIGINS,
  limit: limitRequests({ cache, requests: Number(env.REQUESTS_PER_15_MINUTES) }),
});
