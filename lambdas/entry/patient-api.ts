import { accountRoutes } from '../accounts/patient-routes.ts';
import { connectUserPool } from '../accounts/user-pool.ts';
import { appointmentRoutes } from '../appointments/patient-routes.ts';
import { connectDatabase } from '../shared/db.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { traceTo } from '../shared/trace.ts';
import { patientApiEnv, patientApiRoutes } from './patient-api.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = patientApiEnv.parse(process.env);

export const handler = httpHandler({
  access: patientApiRoutes,
  routes: { ...accountRoutes, ...appointmentRoutes },
  deps: { db: connectDatabase(env, { queryTimeoutSeconds: 9, trace }), userPool: connectUserPool(env.USER_POOL_ID) },
  corsOrigins: env.CORS_ORIGINS,
});
