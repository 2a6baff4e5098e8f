import { expireHolds } from '../appointments/expire-holds.ts';
import { freeIndexOn } from '../availability/index/free-index.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { expireHoldsEnv } from './expire-holds.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = expireHoldsEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 21, trace });
const index = freeIndexOn(connectCache(env, { trace }));

export const handler = job('expire_holds', () => expireHolds(db, index));
