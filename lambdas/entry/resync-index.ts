import { freeIndexOn } from '../availability/index/free-index.ts';
import { resyncIndex } from '../availability/index/resync.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { resyncIndexEnv } from './resync-index.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = resyncIndexEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 21, trace });
const freshSeconds = Number(env.INDEX_FRESH_SECONDS);
const index = freeIndexOn(connectCache(env, { patienceMilliseconds: 1_000, trace }), { freshSeconds });

export const handler = job('resync_index', (_event, context) =>
  resyncIndex({ db, index, freshSeconds, timeLeft: () => context.getRemainingTimeInMillis() }),
);
