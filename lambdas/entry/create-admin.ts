import { createAdmin } from '../accounts/create-admin.ts';
import { connectUserPool } from '../accounts/user-pool.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { createAdminEnv, newAdmin } from './create-admin.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = createAdminEnv.parse(process.env);
const deps = {
  db: connectDatabase(env, { queryTimeoutSeconds: 6, trace }),
  userPool: connectUserPool(env.STAFF_POOL_ID),
};

export const handler = jobHandler('create_admin', (event: unknown) => createAdmin(deps, newAdmin.parse(event)));
