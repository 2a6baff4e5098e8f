import { connectUserPool } from '../accounts/user-pool.ts';
import { staffClinicRoutes } from '../clinics/staff-routes.ts';
import { staffDoctorRoutes } from '../doctors/staff-routes.ts';
import { scheduleRoutes } from '../schedules/staff-routes.ts';
import { connectDatabase } from '../shared/db.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { staffApiEnv, staffApiRoutes } from './staff-api.contract.ts';

const env = staffApiEnv.parse(process.env);

export const handler = httpHandler({
  access: staffApiRoutes,
  routes: { ...staffClinicRoutes, ...staffDoctorRoutes, ...scheduleRoutes },
  deps: { db: connectDatabase(env, { queryTimeoutSeconds: 21 }), userPool: connectUserPool(env.USER_POOL_ID) },
  corsOrigins: env.CORS_ORIGINS,
});
