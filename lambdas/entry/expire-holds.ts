import { expireHolds } from '../appointments/expire-holds.ts';
import { createFreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { watchConflicts } from '../schedules/watch-conflicts.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { expireHoldsEnv } from './expire-holds.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = expireHoldsEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 21, trace });
const index = createFreeSlotIndex(connectCache(env, { trace }));

export const handler = jobHandler('expire_holds', async () => {
  const result = await expireHolds(db, index);
  await watchConflicts(db);
  return result;
});
