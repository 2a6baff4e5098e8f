import { accountRoutes } from '../accounts/patient-routes.ts';
import { connectUserPool } from '../accounts/user-pool.ts';
import { changeRoutes } from '../appointments/change-routes.ts';
import { appointmentRoutes } from '../appointments/patient-routes.ts';
import { freeIndexOn } from '../availability/index/free-index.ts';
import { connectQueue, tellNotifierBy } from '../notifications/queue.ts';
import { unsubscribeRoutes } from '../notifications/unsubscribe-routes.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/db.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { limitRequests } from '../shared/http/rate-limit.ts';
import { traceTo } from '../shared/trace.ts';
import { patientApiEnv, patientApiRoutes } from './patient-api.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = patientApiEnv.parse(process.env);
const cache = connectCache(env, { trace });

export const handler = httpHandler({
  access: patientApiRoutes,
  routes: { ...accountRoutes, ...appointmentRoutes, ...changeRoutes, ...unsubscribeRoutes },
  deps: {
    index: freeIndexOn(cache),
    tellNotifier: tellNotifierBy(connectQueue(env.NOTIFICATION_QUEUE_URL)),
    db: connectDatabase(env, { queryTimeoutSeconds: 9, trace }),
    userPool: connectUserPool(env.USER_POOL_ID),
    bookingsPerMinute: Number(env.BOOKINGS_PER_MINUTE) || undefined,
  },
  corsOrigins: env.CORS_ORIGINS,
  limit: limitRequests({ cache, requests: Number(env.REQUESTS_PER_15_MINUTES) }),
});
