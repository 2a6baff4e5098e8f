import { createFreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { resyncIndex } from '../availability/free-slot-index/resync-index.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { resyncIndexEnv } from './resync-index.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = resyncIndexEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 21, trace });
const freshSeconds = env.INDEX_FRESH_SECONDS;
const index = createFreeSlotIndex(connectCache(env, { timeoutMilliseconds: 1_000, trace }), { freshSeconds });

export const handler = jobHandler('resync_index', (_event, context) =>
  resyncIndex({ db, index, freshSeconds, remainingMilliseconds: () => context.getRemainingTimeInMillis() }),
);
