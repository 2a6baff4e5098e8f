import { createAdmin } from '../accounts/create-admin.ts';
import { connectUserPool } from '../accounts/user-pool.ts';
import { connectDatabase } from '../shared/db.ts';
import { createAdminEnv, newAdmin } from './create-admin.contract.ts';

const env = createAdminEnv.parse(process.env);
const deps = { db: connectDatabase(env), userPool: connectUserPool(env.USER_POOL_ID) };

export const handler = (event: unknown) => createAdmin(deps, newAdmin.parse(event));
